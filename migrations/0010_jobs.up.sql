-- Durable work that takes seconds to minutes. Times are PostgreSQL's own clock, by which leases run. Every index but the
-- keys' holds only rows in one state, so that a claim costs the same however many are done.
CREATE TABLE jobs (
    job_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Names the cause: the same cause makes no second job.
    key        text        NOT NULL UNIQUE,
    lane       text        NOT NULL,
    user_id    bigint,
    priority   smallint    NOT NULL,
    -- Where it stands among those of its priority: when it was added, in milliseconds, and an hour later for each other
    -- job of its user's that waited or was under way.
    place      bigint      NOT NULL,
    state      text        NOT NULL DEFAULT 'pending'
                           CHECK (state IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    -- The fencing token: each claim raises it, and only its holder ends it.
    attempt    smallint    NOT NULL DEFAULT 0,
    holder     bigint,
    lease      timestamptz,
    -- Pending, and not to begin before.
    not_before timestamptz,
    -- Not ended: fails then. Ended: goes then.
    expires    timestamptz NOT NULL,
    added      timestamptz NOT NULL DEFAULT now(),
    started    timestamptz,
    ended      timestamptz,
    -- Sealed under the user's key, or the key-encryption key where there is no user; bound to `key`. The payload goes
    -- when nobody needs it any more.
    payload    bytea,
    result     bytea,
    -- Why the last attempt was in vain. No words of a user's.
    error      text,
    -- The end is owed to the user; `told` is how often it was read to be told, `sent` what it was told by.
    owed       boolean     NOT NULL DEFAULT false,
    told       smallint    NOT NULL DEFAULT 0,
    sent       integer[],
    delivered  timestamptz,
    CHECK ((state = 'processing') = (lease IS NOT NULL)),
    CHECK ((state IN ('pending', 'processing')) = (ended IS NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE jobs ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE jobs ALTER COLUMN result SET STORAGE EXTERNAL;

CREATE INDEX jobs_ready ON jobs (lane, priority DESC, place, job_id) WHERE state = 'pending' AND not_before IS NULL;
CREATE INDEX jobs_delayed ON jobs (not_before) WHERE state = 'pending' AND not_before IS NOT NULL;
CREATE INDEX jobs_held ON jobs (lease) WHERE state = 'processing';
CREATE INDEX jobs_alive_of_user ON jobs (user_id, lane) WHERE state IN ('pending', 'processing') AND user_id IS NOT NULL;
CREATE INDEX jobs_late ON jobs (expires) WHERE state IN ('pending', 'processing');
CREATE INDEX jobs_owed ON jobs (job_id) INCLUDE (user_id) WHERE owed;
CREATE INDEX jobs_ended ON jobs (expires) WHERE state IN ('completed', 'failed', 'cancelled');
CREATE INDEX jobs_user ON jobs (user_id) WHERE user_id IS NOT NULL;
