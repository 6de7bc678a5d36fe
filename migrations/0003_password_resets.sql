-- One row per mail that was asked for. Asking again supersedes the person's earlier ones.
CREATE TABLE password_resets (
    id TEXT PRIMARY KEY,
    -- SHA-256 of the handle that the window which asked carries.
    handle_digest TEXT NOT NULL UNIQUE,
    -- NULL where nobody has the address: the page is the same, and no mail goes out.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- The person's when the mail was written: another new password ends this link too.
    generation BIGINT NOT NULL,
    -- As typed, for the page.
    email TEXT NOT NULL,
    browser_digest TEXT NOT NULL,
    -- The authorization request that goes on afterwards.
    request_handle_sealed TEXT,
    link_digest TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    superseded_at BIGINT
);
CREATE INDEX password_resets_by_user ON password_resets (user_id);
CREATE INDEX password_resets_by_expiry ON password_resets (expires_at);
