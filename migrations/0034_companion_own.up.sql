-- Characters that people brought or wrote, each for themselves alone.
CREATE TABLE companion_own (
    own_id    bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id   bigint  NOT NULL,
    -- The dialog in which it is, or was, made.
    dialog_id bigint  NOT NULL,
    at        bigint  NOT NULL,
    -- What it is, sealed under its owner's key.
    sealed    bytea,
    -- It is whole; of those that are not there is one at most.
    done      boolean NOT NULL DEFAULT false
);
CREATE INDEX companion_own_user ON companion_own (user_id);
CREATE INDEX companion_own_at ON companion_own (at) WHERE NOT done;
