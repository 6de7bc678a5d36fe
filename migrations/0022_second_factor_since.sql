-- Since when an account has had a second factor, without a week in which it had none. For a week its
-- mailbox can still take away what was set up, as before the first one; from then on never.
ALTER TABLE users ADD COLUMN second_factor_since BIGINT;
UPDATE users SET second_factor_since =
    (SELECT MIN(held.since) FROM
        (SELECT confirmed_at AS since FROM second_factors
            WHERE user_id = users.id AND confirmed_at IS NOT NULL
        UNION ALL SELECT created_at AS since FROM passkeys WHERE user_id = users.id
        UNION ALL SELECT confirmed_at AS since FROM replaced_factors WHERE user_id = users.id) AS held);
-- An account that had one before what stands now: since when is not known any more, so long ago.
UPDATE users SET second_factor_since = 1
    WHERE factor_removed_at IS NOT NULL
        OR id IN (SELECT user_id FROM factor_additions WHERE had_factor);
ALTER TABLE factor_additions DROP COLUMN had_factor;
