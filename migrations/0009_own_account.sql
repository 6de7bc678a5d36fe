-- Pictures of people, made anew by us. One each.
CREATE TABLE pictures (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Random: stands in the address of the picture, which never changes what it shows.
    id TEXT NOT NULL UNIQUE,
    media_type TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- An address that a person wants instead of theirs, until its code was typed. One each.
CREATE TABLE email_changes (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- A new one with each code.
    id TEXT NOT NULL,
    -- The person's when it was asked for: whatever raises it ends the change.
    generation BIGINT NOT NULL,
    email TEXT NOT NULL,
    email_canonical TEXT NOT NULL,
    -- The MAC of no code where somebody else has the address: the page is the same.
    code_mac TEXT NOT NULL,
    tries BIGINT NOT NULL,
    sends BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX email_changes_by_expiry ON email_changes (expires_at);

-- The way back to an address that was replaced, by a link that was mailed there.
CREATE TABLE email_returns (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    link_digest TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_canonical TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX email_returns_by_user ON email_returns (user_id);
CREATE INDEX email_returns_by_expiry ON email_returns (expires_at);

-- When an account that its owner wants deleted is gone for good; until then it cannot be used.
ALTER TABLE users ADD COLUMN deletion_due_at BIGINT;
-- Of the link that keeps the account.
ALTER TABLE users ADD COLUMN deletion_undo_digest TEXT;
CREATE INDEX users_by_deletion ON users (deletion_due_at);
