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

-- Wishes of people who lost every second factor: asked for by mail, given a reason, approved by an
-- operator, and done when their time comes, or ended otherwise.
CREATE TABLE account_recoveries (
    id TEXT PRIMARY KEY,
    -- NULL where nobody has the address.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    handle_digest TEXT NOT NULL UNIQUE,
    browser_digest TEXT NOT NULL,
    link_digest TEXT NOT NULL UNIQUE,
    stop_digest TEXT UNIQUE,
    reason_sealed TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    superseded_at BIGINT,
    requested_at BIGINT,
    approved_at BIGINT,
    due_at BIGINT,
    ended_at BIGINT,
    -- done, refused, stopped, factor_given
    outcome TEXT
);
CREATE UNIQUE INDEX account_recoveries_one_open ON account_recoveries (user_id)
    WHERE requested_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX account_recoveries_by_user ON account_recoveries (user_id);
CREATE INDEX account_recoveries_by_expiry ON account_recoveries (expires_at);
