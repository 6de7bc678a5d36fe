-- Why the person has to choose another password at their next sign-in with the one they have:
-- operator, leaked. NULL: they have not. Setting a password takes it away.
ALTER TABLE users ADD COLUMN new_password_reason TEXT;

-- Sign-ins that were proved in full, and wait for another password.
CREATE TABLE password_renewals (
    handle_digest TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    browser_digest TEXT NOT NULL,
    -- The session that goes on, where one does; NULL where one begins.
    sid TEXT,
    -- What the person proved, as their session will say it.
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    remembered BOOLEAN NOT NULL,
    -- Until when this browser is not asked for a second factor again, where that was asked for.
    trusted_until BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX password_renewals_by_user ON password_renewals (user_id);
CREATE INDEX password_renewals_by_expiry ON password_renewals (expires_at);
