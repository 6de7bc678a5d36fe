-- A later sign-up ends the earlier ones of its address, whether the address is registered or not.
ALTER TABLE email_verifications ADD COLUMN email_canonical TEXT NOT NULL DEFAULT '';
CREATE INDEX email_verifications_by_address ON email_verifications (email_canonical);
