-- What accounts are searched by in the management API, beside their addresses and usernames.
ALTER TABLE users ADD COLUMN name_canonical TEXT;
CREATE INDEX users_by_name ON users (name_canonical, id);
-- Names of before, which a job reads until there is none.
CREATE INDEX users_without_canonical_name ON users (id) WHERE name IS NOT NULL AND name_canonical IS NULL;
-- Members of the two objects that machines keep with an account.
CREATE TABLE user_metadata_values (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    member TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, member)
);
CREATE INDEX user_metadata_values_by_value ON user_metadata_values (member, value, user_id);
