-- APIs that take our access tokens.
CREATE TABLE resource_servers (
    id TEXT PRIMARY KEY,
    -- The `aud` of its access tokens: an absolute URI.
    identifier TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- JSON: value, the sentence people read, and whether it can change something.
    scopes TEXT NOT NULL,
    -- In seconds; NULL: what the installation sets.
    access_token_lifetime BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- The clients that may ask what a token for this API is worth (RFC 7662).
CREATE TABLE introspectors (
    resource_server_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    PRIMARY KEY (resource_server_id, client_id)
);
CREATE INDEX introspectors_by_client ON introspectors (client_id);

-- Which client may ask which API for what.
CREATE TABLE client_grants (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    resource_server_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
    -- client: for itself (client_credentials); user: for people
    subject_type TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (client_id, resource_server_id, subject_type)
);
CREATE INDEX client_grants_by_resource_server ON client_grants (resource_server_id);

-- Access tokens that ended before their time, until it is over.
CREATE TABLE revoked_access_tokens (
    jti TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_access_tokens_by_expiry ON revoked_access_tokens (expires_at);

-- What people allowed, for each API apart: the same word means another thing at another API.
CREATE TABLE consents_by_audience (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    -- The identifier of the API; empty for what is about the person themselves. There is always a
    -- row of the latter.
    audience TEXT NOT NULL,
    scopes TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id, audience)
);
INSERT INTO consents_by_audience (user_id, client_id, audience, scopes, granted_at, updated_at)
    SELECT user_id, client_id, '', scopes, granted_at, updated_at FROM consents;
INSERT INTO consents_by_audience (user_id, client_id, audience, scopes, granted_at, updated_at)
    SELECT consents.user_id, consents.client_id, clients.default_audience, consents.scopes,
        consents.granted_at, consents.updated_at
    FROM consents JOIN clients ON clients.id = consents.client_id
    WHERE clients.default_audience IS NOT NULL;
DROP TABLE consents;
ALTER TABLE consents_by_audience RENAME TO consents;
CREATE INDEX consents_by_client ON consents (client_id);
CREATE INDEX consents_by_audience ON consents (audience);
