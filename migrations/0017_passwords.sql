-- When the password was set; NULL where that was before this, in another system, or there is none.
ALTER TABLE users ADD COLUMN password_set_at BIGINT;

-- Whether somebody asked for the link in a browser, as any stranger can: a later one takes its
-- place. What an operator or Protekt itself sent stays good.
ALTER TABLE password_resets ADD COLUMN was_asked_for BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE password_resets SET was_asked_for = FALSE WHERE is_invitation;
