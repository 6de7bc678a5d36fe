-- Whether an address of the account was verified once, be it another one: then what was set up since is its owner's.
ALTER TABLE users ADD COLUMN was_verified BOOLEAN NOT NULL DEFAULT FALSE;
