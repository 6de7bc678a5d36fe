-- Whether a browser ever had a cookie of the session: between two cookies it has none for a moment.
ALTER TABLE sessions ADD COLUMN of_browser BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET of_browser = TRUE WHERE id_digest IS NOT NULL;
