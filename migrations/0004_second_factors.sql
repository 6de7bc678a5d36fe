-- When the person last proved who they are for something grave in their account; a sign-in counts.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;

-- Ways to prove who one is beside the password. One of each kind counts, once it is confirmed.
CREATE TABLE second_factors (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- totp, sms, email
    kind TEXT NOT NULL,
    -- The key that an authenticator app shares.
    secret_sealed TEXT,
    -- The number of a telephone.
    phone_number TEXT,
    -- The last time step whose code was taken (RFC 6238 section 5.2).
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Until when it may be confirmed.
    expires_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX second_factors_one_confirmed ON second_factors (user_id, kind)
    WHERE confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX second_factors_one_begun ON second_factors (user_id, kind)
    WHERE confirmed_at IS NULL;
CREATE INDEX second_factors_by_expiry ON second_factors (expires_at);

CREATE TABLE backup_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    mac TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (user_id, mac)
);

-- Codes that were sent by mail or message. One counts per place: a later one takes its place.
CREATE TABLE one_time_codes (
    -- What the code is for: the digest of a challenge, or the id of a factor.
    place TEXT PRIMARY KEY,
    -- email, sms
    channel TEXT NOT NULL,
    mac TEXT NOT NULL,
    tries BIGINT NOT NULL,
    sends BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at);

-- Half a sign-in: the first proof was given, the second is waited for.
CREATE TABLE sign_in_challenges (
    handle_digest TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    browser_digest TEXT NOT NULL,
    -- The session that goes on, where one does; NULL where one begins.
    sid TEXT,
    -- password, mail; none where a session only steps up.
    first_proof TEXT NOT NULL,
    remembered BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    passed_at BIGINT
);
CREATE INDEX sign_in_challenges_by_user ON sign_in_challenges (user_id);
CREATE INDEX sign_in_challenges_by_expiry ON sign_in_challenges (expires_at);

-- Browsers in which a second factor was given lately, and is not asked for again.
CREATE TABLE trusted_browsers (
    browser_digest TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (browser_digest, user_id)
);
CREATE INDEX trusted_browsers_by_user ON trusted_browsers (user_id);
CREATE INDEX trusted_browsers_by_expiry ON trusted_browsers (expires_at);

-- Since when a password stands that was chosen by the link of a mail: until another proof than the
-- mailbox came with it, a code by mail is no second factor. NULL: it does not matter.
ALTER TABLE users ADD COLUMN password_by_mail_at BIGINT;

-- A random handle that tells an authenticator which account a passkey is for, and nobody who.
ALTER TABLE users ADD COLUMN passkey_handle TEXT;
CREATE UNIQUE INDEX users_by_passkey_handle ON users (passkey_handle);

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id TEXT NOT NULL UNIQUE,
    -- Public key, counter and flags, as the library keeps them.
    credential TEXT NOT NULL,
    -- Raised with each use; a conditional update compares it, so that no counter goes back.
    uses BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

CREATE TABLE passkey_ceremonies (
    handle_digest TEXT PRIMARY KEY,
    -- registration, assertion, discovery
    kind TEXT NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    browser_digest TEXT NOT NULL,
    state_sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);

-- What a client asks of second factors, where that is other than what the installation asks.
ALTER TABLE clients ADD COLUMN second_factor TEXT;
