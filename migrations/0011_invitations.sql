-- A link by which an invited person chooses their first password: the same as one to a new
-- password, but that it lives longer, and that asking for one of the other kind leaves it alone.
ALTER TABLE password_resets ADD COLUMN is_invitation BOOLEAN NOT NULL DEFAULT FALSE;
