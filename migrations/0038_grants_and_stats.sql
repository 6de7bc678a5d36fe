-- What people allowed apps, as machines look through it: by app, by API, or by both, from where the last page ended.
CREATE INDEX consents_by_client_and_audience ON consents (client_id, audience, user_id);
CREATE INDEX consents_by_audience_and_user ON consents (audience, user_id, client_id);
DROP INDEX consents_by_client;
DROP INDEX consents_by_audience;
-- Who was there in the last month is counted by an index.
CREATE INDEX users_by_last_login ON users (last_login_at) WHERE last_login_at IS NOT NULL;
-- What happened on days that are over, told for longer than the trail is kept.
CREATE TABLE daily_stats (
    -- The number of the day since 1970-01-01, by UTC.
    day BIGINT PRIMARY KEY,
    logins BIGINT NOT NULL,
    failed_logins BIGINT NOT NULL,
    signups BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
-- What an app that does much does seldom, or never.
CREATE INDEX audit_events_by_client_and_kind ON audit_events ((client_id || ' ' || kind), id);
CREATE INDEX audit_events_failed_by_client ON audit_events ((client_id || ''), id) WHERE outcome = 'failure';
-- The machine that made a link, and what it could do: where it may do that no more, or the owner of the account may do
-- more, the link leads nowhere.
ALTER TABLE password_resets ADD COLUMN machine_id TEXT;
ALTER TABLE password_resets ADD COLUMN machine_scopes TEXT;
ALTER TABLE password_resets ADD COLUMN proves_address BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE email_verifications ADD COLUMN machine_id TEXT;
ALTER TABLE email_verifications ADD COLUMN machine_scopes TEXT;
