-- The trail is numbered and chained: each row carries a MAC over itself and the one before.

-- The personal fields (user_id, sid, ip, user_agent, detail) enter the chain as one salted digest.
-- Erasing them takes the salt too: the digest then tells nothing. '' in rows of before this.
ALTER TABLE audit_events ADD COLUMN personal_salt TEXT;
ALTER TABLE audit_events ADD COLUMN personal_digest TEXT NOT NULL DEFAULT '';
-- NULL until the sealer comes by.
ALTER TABLE audit_events ADD COLUMN seq BIGINT;
ALTER TABLE audit_events ADD COLUMN chain_mac TEXT;
-- Without the rows that have none: SQLite takes a unique index for one that finds a single row.
CREATE UNIQUE INDEX audit_events_by_seq ON audit_events (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_events_unsealed ON audit_events (id) WHERE seq IS NULL;

-- head: the last row of the chain. checkpoint: the last row that was cleared away.
CREATE TABLE audit_marks (
    name TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    chain_mac TEXT NOT NULL,
    -- A MAC over the three above.
    proof TEXT NOT NULL
);

-- Work that one instance does for all.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
