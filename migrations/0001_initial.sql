-- One text for SQLite and PostgreSQL. Times are unix seconds, ids are ULIDs or random handles,
-- lists are JSON, secrets are digests, MACs or sealed.

-- What this installation is: the check value of its key-encryption key, for instance.
CREATE TABLE installation (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Raised in the transaction that changes what other instances keep in memory.
CREATE TABLE change_counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO change_counters (name, value) VALUES ('clients', 0), ('signing_keys', 0);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_canonical TEXT NOT NULL UNIQUE,
    email_verified_at BIGINT,
    username TEXT,
    username_canonical TEXT UNIQUE,
    password_hash TEXT,
    name TEXT,
    given_name TEXT,
    family_name TEXT,
    nickname TEXT,
    picture TEXT,
    phone_number TEXT,
    phone_number_verified_at BIGINT,
    address TEXT,
    locale TEXT,
    zoneinfo TEXT,
    -- Made by a sign-up, not by an operator: until it is verified it is nobody's.
    self_registered BOOLEAN NOT NULL,
    -- Copied into all that a person's sign-in begets; raising it ends all of it at once.
    generation BIGINT NOT NULL,
    blocked_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_login_at BIGINT,
    logins_count BIGINT NOT NULL
);

CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    owner TEXT,
    -- web, spa, native, machine
    kind TEXT NOT NULL,
    first_party BOOLEAN NOT NULL,
    secret_digest TEXT,
    -- none, client_secret_basic, client_secret_post; NULL: either way of sending the secret
    token_endpoint_auth_method TEXT,
    pkce_required BOOLEAN NOT NULL,
    redirect_uris TEXT NOT NULL,
    post_logout_redirect_uris TEXT NOT NULL,
    web_origins TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scopes TEXT NOT NULL,
    default_audience TEXT,
    logo_uri TEXT,
    policy_uri TEXT,
    terms_uri TEXT,
    trusts_logout_by_client_id BOOLEAN NOT NULL,
    access_token_lifetime BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    -- Public, stable over changes of the cookie: the `sid` claim.
    sid TEXT PRIMARY KEY,
    -- SHA-256 of the cookie's id; NULL between the sign-in's commit and the answer that sets it.
    id_digest TEXT UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    remembered BOOLEAN NOT NULL,
    auth_time BIGINT NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Accounts that were used in a browser whose person asked to be kept signed in there.
CREATE TABLE browser_accounts (
    browser_digest TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (browser_digest, user_id)
);
CREATE INDEX browser_accounts_by_user ON browser_accounts (user_id);
CREATE INDEX browser_accounts_by_last_use ON browser_accounts (last_used_at);

-- Authorization requests that wait for a person.
CREATE TABLE authorization_requests (
    handle_digest TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    browser_digest TEXT,
    parameters_sealed TEXT NOT NULL,
    -- The time of the sign-in that answered `prompt=login` or `max_age`, and when an account was
    -- chosen: asked once, not again.
    reauthenticated_at BIGINT,
    account_selected_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX authorization_requests_by_expiry ON authorization_requests (expires_at);

CREATE TABLE consents (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_by_client ON consents (client_id);

-- One authorization of one client by one person; what a code, and every token after it, hangs on.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    sid TEXT NOT NULL,
    generation BIGINT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    nonce TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_because TEXT
);
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_client ON grants (client_id);
CREATE INDEX grants_by_sid ON grants (sid);
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE authorization_codes (
    digest TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    -- Whether the authorization request named its redirect URI (RFC 6749 section 4.1.3).
    redirect_uri_was_sent BOOLEAN NOT NULL,
    code_challenge TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX authorization_codes_by_grant ON authorization_codes (grant_id);

CREATE TABLE refresh_tokens (
    digest TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    -- While an answer may have been lost: the successor, sealed with a key that only the spent
    -- token opens, and the parameters it was asked with.
    successor_digest TEXT,
    successor_sealed TEXT,
    spent_with TEXT
);
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_by_use ON refresh_tokens (spent_at);
CREATE INDEX refresh_tokens_by_successor ON refresh_tokens (successor_digest);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    -- next, current, retiring, gone
    state TEXT NOT NULL,
    private_key_sealed TEXT,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    current_since BIGINT,
    retiring_since BIGINT,
    gone_since BIGINT
);
-- At most one key signs, and at most one waits to.
CREATE UNIQUE INDEX signing_keys_one_current ON signing_keys (state) WHERE state = 'current';
CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys (state) WHERE state = 'next';

-- One row per mail. Sending again, or to another address, supersedes the row and adds one with the
-- same handle, so that the browser which began keeps its place.
CREATE TABLE email_verifications (
    id TEXT PRIMARY KEY,
    -- SHA-256 of the handle that the browser which began it carries.
    handle_digest TEXT NOT NULL,
    -- NULL where the address was already registered: the page is the same, no code is right.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- The person's when the mail was sent: whoever changes the password ends this flow.
    generation BIGINT NOT NULL,
    email TEXT NOT NULL,
    -- What was typed at sign-up, for a correction of the address; erased with the verification.
    pending_name TEXT,
    pending_password_hash TEXT,
    browser_digest TEXT NOT NULL,
    locale TEXT NOT NULL,
    -- The authorization request that goes on afterwards.
    request_handle_sealed TEXT,
    link_digest TEXT NOT NULL UNIQUE,
    code_mac TEXT NOT NULL,
    tries BIGINT NOT NULL,
    -- Counts the mails of this handle, this one included.
    sends BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    code_expires_at BIGINT NOT NULL,
    link_expires_at BIGINT NOT NULL,
    verified_at BIGINT,
    continued_at BIGINT,
    superseded_at BIGINT
);
CREATE UNIQUE INDEX email_verifications_one_live ON email_verifications (handle_digest)
    WHERE superseded_at IS NULL;
CREATE INDEX email_verifications_by_handle ON email_verifications (handle_digest, sends);
CREATE INDEX email_verifications_by_user ON email_verifications (user_id);
CREATE INDEX email_verifications_by_expiry ON email_verifications (link_expires_at);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    -- email, sms
    channel TEXT NOT NULL,
    template TEXT NOT NULL,
    recipient TEXT NOT NULL,
    locale TEXT NOT NULL,
    user_id TEXT,
    -- Links and codes; erased when sent, dead or expired.
    parameters_sealed TEXT,
    -- pending, sent, dead, expired
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    claimed_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX outbox_by_state ON outbox (state, next_attempt_at);
CREATE INDEX outbox_by_user ON outbox (user_id);

CREATE TABLE throttle_counters (
    key TEXT PRIMARY KEY,
    count BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX throttle_counters_by_expiry ON throttle_counters (expires_at);

CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- success, failure
    outcome TEXT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    sid TEXT,
    ip TEXT,
    user_agent TEXT,
    request_id TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_events_by_user ON audit_events (user_id, id);
CREATE INDEX audit_events_by_time ON audit_events (at);
