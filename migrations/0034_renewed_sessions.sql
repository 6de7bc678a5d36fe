-- Raised whenever a session is to go on under another cookie: what began under the one before is late.
ALTER TABLE sessions ADD COLUMN renewal BIGINT NOT NULL DEFAULT 0;
