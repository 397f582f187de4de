-- Work that a migration leaves for later: rows of large tables are filled a few at a time, beside the
-- nodes that run. `reached` is how far it is; it moves in the transaction of the rows.
CREATE TABLE backfills (
    name    text   PRIMARY KEY,
    reached text,
    filled  bigint NOT NULL DEFAULT 0,
    begun   bigint NOT NULL,
    ended   bigint
);
