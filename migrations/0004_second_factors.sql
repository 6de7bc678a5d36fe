-- When the person last proved who they are for something grave in their account; a sign-in counts.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
