-- What machines let this service do with many people at once. A job waits, is worked on piece by piece by whichever
-- instance comes first, and is told about for a while.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- receiving, pending, processing, completed or failed
    state TEXT NOT NULL,
    -- Who let it be done, and from where.
    client_id TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    -- What was asked for, as JSON.
    wish TEXT NOT NULL,
    -- The id of the last account that an export told of.
    reached TEXT NOT NULL,
    steps BIGINT NOT NULL,
    -- Absent where it is not known.
    total BIGINT,
    processed BIGINT NOT NULL,
    inserted BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    -- Keys of lines that nothing was made of, with how often, as JSON.
    ignored_keys TEXT NOT NULL,
    -- Why it failed as a whole.
    problem TEXT,
    created_at BIGINT NOT NULL,
    begun_at BIGINT,
    finished_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX jobs_to_do ON jobs (steps, id) WHERE state IN ('pending', 'processing');
CREATE INDEX jobs_by_expiry ON jobs (expires_at);
CREATE INDEX jobs_unfinished_by_client ON jobs (client_id) WHERE state IN ('receiving', 'pending', 'processing');
-- What came in and waits, sealed; what goes out; and what was wrong with which line.
CREATE TABLE job_pieces (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    -- in, out or errors
    part TEXT NOT NULL,
    number BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (job_id, part, number)
);
