-- Applications of the operator's own that sign people in by the JSON API, without our pages.
ALTER TABLE clients ADD COLUMN authentication_api BOOLEAN NOT NULL DEFAULT FALSE;
-- The application that waits for a second factor there; NULL where a browser waits at our pages.
ALTER TABLE sign_in_challenges ADD COLUMN client_id TEXT REFERENCES clients (id) ON DELETE CASCADE;
CREATE INDEX sign_in_challenges_by_client ON sign_in_challenges (client_id);
-- Backup codes that were handed out when a factor was begun, sealed: they count with it.
ALTER TABLE second_factors ADD COLUMN backup_codes_sealed TEXT;
