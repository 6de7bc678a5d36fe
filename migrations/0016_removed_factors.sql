-- When a second factor of the person was last removed. One that is added within the week after is not
-- their first: a mailed link alone does not take it away.
ALTER TABLE users ADD COLUMN factor_removed_at BIGINT;
