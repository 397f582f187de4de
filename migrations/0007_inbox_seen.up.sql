-- Ids of updates that were done more than an hour ago, a bit each: `block` is the id divided by 4096, the byte the rest
-- divided by 8. They are known for 48 hours, so that what Telegram sends again is not handled again.
CREATE TABLE inbox_seen (
    block   bigint      PRIMARY KEY,
    bits    bytea       NOT NULL CHECK (octet_length(bits) = 512),
    touched timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX inbox_seen_touched ON inbox_seen (touched);

-- Who takes a partition over reads what is done in it.
CREATE INDEX inbox_done ON inbox (partition) INCLUDE (update_id) WHERE done;
