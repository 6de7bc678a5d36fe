-- What people are to an installation: a name that they are given. Permissions will hang on it.
CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    -- Lower-case letters, digits and -_:. alone.
    name TEXT NOT NULL UNIQUE,
    -- For operators; may be empty.
    description TEXT NOT NULL,
    -- Whether who has it must have a second factor.
    second_factor_required BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    assigned_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_by_role ON user_roles (role_id, user_id);
