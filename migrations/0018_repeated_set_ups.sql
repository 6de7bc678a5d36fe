-- The last form of a set-up changes the cookie of the session. Sent once more by a browser that never
-- saw that answer, it is known for some seconds by a digest of the old cookie and of what was sent.
ALTER TABLE sessions ADD COLUMN repeat_digest TEXT;
ALTER TABLE sessions ADD COLUMN repeat_until BIGINT;
CREATE INDEX sessions_by_repeat ON sessions (repeat_digest);
