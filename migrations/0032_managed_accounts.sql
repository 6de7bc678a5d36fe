-- What machines keep with an account, and from where its owner signed in last.
ALTER TABLE users ADD COLUMN user_metadata TEXT;
ALTER TABLE users ADD COLUMN app_metadata TEXT;
ALTER TABLE users ADD COLUMN last_ip TEXT;
