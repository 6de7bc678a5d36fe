-- A browser is trusted by a token that is made when somebody says so, not by the cookie that it had
-- before: whoever put that there would be trusted too. Second factors are asked for once more.
DELETE FROM trusted_browsers;
ALTER TABLE trusted_browsers RENAME COLUMN browser_digest TO token_digest;
ALTER TABLE password_renewals ADD COLUMN trust_digest TEXT;

-- Asked for at each sign-up where addresses are not verified.
CREATE INDEX email_returns_by_address ON email_returns (email_canonical);
