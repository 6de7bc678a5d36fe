-- What a person was sent long ago slows down nothing that withdraws what still waits: the time that a
-- request takes must not tell how often somebody was written to.
CREATE INDEX outbox_by_user_and_state ON outbox (user_id, state, template);
DROP INDEX outbox_by_user;
CREATE INDEX password_resets_by_user_and_use
    ON password_resets (user_id, superseded_at, used_at);
DROP INDEX password_resets_by_user;
