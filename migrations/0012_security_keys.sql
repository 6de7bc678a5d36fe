-- Which model of authenticator holds a passkey, as that says itself (its AAGUID); NULL where it does
-- not say. It names the passkey to its owner, and decides nothing.
ALTER TABLE passkeys ADD COLUMN aaguid TEXT;

-- A security key that need not verify its owner: good after a password, and never alone.
ALTER TABLE passkeys ADD COLUMN is_second_only BOOLEAN NOT NULL DEFAULT FALSE;
