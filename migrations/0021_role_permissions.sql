-- What people may do at an API: a scope of that API, by a role of theirs or of their own. It goes
-- with the scope, and with the API.
CREATE TABLE role_permissions (
    role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    resource_server_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (role_id, resource_server_id, scope)
);
CREATE INDEX role_permissions_by_resource_server ON role_permissions (resource_server_id, scope);

CREATE TABLE user_permissions (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    resource_server_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, resource_server_id, scope)
);
CREATE INDEX user_permissions_by_resource_server ON user_permissions (resource_server_id, scope);

-- Whether apps get a scope for a person only where they have it as a permission.
ALTER TABLE resource_servers ADD COLUMN permissions_required BOOLEAN NOT NULL DEFAULT FALSE;

-- Protekt's own role. Its name was never anybody's to take. It is as old as the installation, which
-- no SQL of both databases can tell the time of.
INSERT INTO roles (id, name, description, second_factor_required, created_at, updated_at)
    VALUES ('01PR0TEKT0ADM1N00000000000', 'admin', 'Runs this installation', FALSE, 0, 0);
