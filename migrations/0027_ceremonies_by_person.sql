-- Of the ceremonies that a person begins only the newest are kept.
CREATE INDEX passkey_ceremonies_by_user ON passkey_ceremonies (user_id);
