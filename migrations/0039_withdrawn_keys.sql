-- A key that an operator or a machine withdrew, told from one whose time was over. Of those that are gone already it is
-- known where they never retired.
ALTER TABLE signing_keys ADD COLUMN withdrawn_at BIGINT;
UPDATE signing_keys SET withdrawn_at = gone_since WHERE state = 'gone' AND retiring_since IS NULL;
