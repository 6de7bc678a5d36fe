-- A row of the audit trail is proven from the moment it is recorded, not only once it is sealed.

-- A MAC over the row, made in the transaction that records it. NULL in rows of before this.
ALTER TABLE audit_events ADD COLUMN recorded_mac TEXT;
-- Made when Protekt erases the personal fields; NULL until then.
ALTER TABLE audit_events ADD COLUMN erased_mac TEXT;

-- audit_marks has a third mark, origin: the last row that was sealed before rows had their own MAC,
-- 0 where there was none. Origin and head are there as soon as an installation has its key.

-- What was added to the ways of signing in, for as long as "Not me" takes it away again.
CREATE TABLE factor_additions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- totp, sms, email, webauthn, backup
    kind TEXT NOT NULL,
    -- The factor or the passkey; NULL for backup codes.
    factor_id TEXT,
    -- SHA-256 of the link in the mail; NULL once the address it went to is no longer the account's.
    link_digest TEXT UNIQUE,
    -- Whether there was a second factor before: then the link alone never leaves the account
    -- without one.
    had_factor BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX factor_additions_by_user ON factor_additions (user_id, created_at);
CREATE INDEX factor_additions_by_expiry ON factor_additions (expires_at);

-- The factor that gave way to one of its kind; it comes back with "Not me".
CREATE TABLE replaced_factors (
    addition_id TEXT PRIMARY KEY REFERENCES factor_additions (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    secret_sealed TEXT,
    phone_number TEXT,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX replaced_factors_by_user ON replaced_factors (user_id);
