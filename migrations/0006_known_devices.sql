-- Browsers in which an account was signed in to: they have tries of their own, and a sign-in in
-- another one is told to the account's owner.
CREATE TABLE known_devices (
    browser_digest TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The person's at the last sign-in here: whoever raises it takes the tries of their own away.
    generation BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (browser_digest, user_id)
);
CREATE INDEX known_devices_by_user ON known_devices (user_id, last_seen_at);
CREATE INDEX known_devices_by_last_use ON known_devices (last_seen_at);
