-- Whether a client may sign people in by the authentication API, and ask for tokens of it.
ALTER TABLE clients ADD COLUMN authentication_api BOOLEAN NOT NULL DEFAULT FALSE;
