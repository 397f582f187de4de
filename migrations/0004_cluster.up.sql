-- Several nodes. A node lives for as long as its row does: it renews `expires`, others remove the row when that is
-- past. Every write of a node first locks its row (FOR KEY SHARE), so after the removal it writes nothing more.
CREATE TABLE nodes (
    node    bigint      PRIMARY KEY,
    -- Low bits of the positions that the node gives out, so that no two nodes give out the same.
    slot    smallint    NOT NULL UNIQUE CHECK (slot BETWEEN 0 AND 31),
    name    text        NOT NULL,
    started timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    leaving boolean     NOT NULL
);

CREATE SEQUENCE fencing_tokens;

-- Who owns the users of a partition. The token grows with every change of hands.
CREATE TABLE partitions (
    partition smallint PRIMARY KEY CHECK (partition BETWEEN 0 AND 255),
    node      bigint,
    token     bigint   NOT NULL
);

INSERT INTO partitions (partition, token) SELECT n, 0 FROM generate_series(0, 255) AS n;

-- Who polls with a bot's token: one node at a time.
CREATE TABLE polling_leases (
    bot   bigint      PRIMARY KEY,
    node  bigint      NOT NULL,
    name  text        NOT NULL,
    since timestamptz NOT NULL,
    token bigint      NOT NULL
);

-- The shared journal: accepted updates until they are done, and for a while after, so that what Telegram sends
-- again is recognised. `sealed` is the update under the key-encryption key; null once done.
CREATE TABLE inbox (
    update_id bigint      PRIMARY KEY,
    partition smallint    NOT NULL,
    seq       bigint      NOT NULL,
    sealed    bytea,
    sent      integer[],
    attempts  smallint    NOT NULL DEFAULT 0,
    done      boolean     NOT NULL DEFAULT false,
    accepted  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX inbox_unfinished ON inbox (partition, seq) WHERE NOT done;
CREATE INDEX inbox_accepted ON inbox (accepted);
