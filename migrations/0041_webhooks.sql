-- Where events are told.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    -- Kinds of events as a JSON list; ["*"] is all.
    events TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    -- Why Protekt disabled it: gone, failing.
    disabled_because TEXT,
    secret_sealed TEXT NOT NULL,
    -- The one before, which signs beside the new one until then.
    old_secret_sealed TEXT,
    old_secret_until BIGINT,
    -- Since when no call was taken.
    failing_since BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- One event that is to be told to one webhook. It refers to nothing: whoever signs in while a webhook is deleted must not
-- wait for that.
CREATE TABLE webhook_deliveries (
    -- The same over all tries: the receiver's key against doing a thing twice.
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL,
    -- The row of the trail that is told; absent for a test.
    event_id TEXT,
    kind TEXT NOT NULL,
    -- Whose account it was, where the trail forgets that at once; erased when it was told.
    former_user_id TEXT,
    -- pending, delivered or failed.
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    claimed_until BIGINT,
    last_attempt_at BIGINT,
    -- What the last try met with.
    status_code BIGINT,
    last_error TEXT,
    answer TEXT,
    delivered_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_not_taken ON webhook_deliveries (state, created_at) WHERE state <> 'delivered';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);
CREATE INDEX webhook_deliveries_answered ON webhook_deliveries (event_id) WHERE answer IS NOT NULL;
