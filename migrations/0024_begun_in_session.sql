-- The session in which a second factor is being set up: its key is shown to nobody else, and is of no
-- use once that session is over. What was begun before is begun anew.
ALTER TABLE second_factors ADD COLUMN begun_in TEXT;
