-- What a client may do at the management API at most: a machine made or changed it that may do no more. Absent: only
-- operators had a hand in it.
ALTER TABLE clients ADD COLUMN limited_to TEXT;
