-- A dead message keeps what stands in it, sealed, until it expires: an operator may send it again.
ALTER TABLE outbox ADD COLUMN last_attempt_at BIGINT;
CREATE INDEX outbox_by_sealed ON outbox (expires_at) WHERE parameters_sealed IS NOT NULL;
