-- How many accounts there are: the sum of what was added and taken away, so that nobody counts a million rows
-- and nobody waits for one. Folded into one row every few minutes.
CREATE TABLE user_tally (
    id TEXT PRIMARY KEY,
    change BIGINT NOT NULL
);
INSERT INTO user_tally (id, change) SELECT 'before', COUNT(*) FROM users;
