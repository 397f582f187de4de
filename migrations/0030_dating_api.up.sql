-- Sessions of the Mini App: 256 random bits each, of which the database has the SHA-256, so that any node takes them.
-- `signed` is when Telegram signed the initData that the session began with.
CREATE TABLE dating_sessions (
    hash    bytea  PRIMARY KEY,
    user_id bigint NOT NULL,
    signed  bigint NOT NULL,
    expires bigint NOT NULL
);

CREATE INDEX dating_sessions_user ON dating_sessions (user_id);
CREATE INDEX dating_sessions_expires ON dating_sessions (expires);

-- What was done for whom under which Idempotency-Key. `request` is the hash of what was asked, `done` holds numbers and
-- words of the program's own.
CREATE TABLE dating_done (
    user_id bigint NOT NULL,
    key     text   NOT NULL,
    request bytea  NOT NULL,
    done    jsonb,
    at      bigint NOT NULL,
    PRIMARY KEY (user_id, key)
);

CREATE INDEX dating_done_at ON dating_done (at);

-- Of a photo a size that is enough for a card; settings: kinds of notices as bits (match, like, message), quiet hours in
-- minutes of a day and the minutes that their clock is ahead of UTC. Cards and likes as they stood when the day of the
-- last of them began.
ALTER TABLE dating_profiles
    ADD COLUMN preview     bytea,
    ADD COLUMN notify      smallint NOT NULL DEFAULT 7 CHECK (notify BETWEEN 0 AND 7),
    ADD COLUMN quiet_from  smallint CHECK (quiet_from BETWEEN 0 AND 1439),
    ADD COLUMN quiet_to    smallint CHECK (quiet_to BETWEEN 0 AND 1439),
    ADD COLUMN utc_offset  smallint CHECK (utc_offset BETWEEN -720 AND 840),
    ADD COLUMN digest      boolean  NOT NULL DEFAULT false,
    ADD COLUMN show_online boolean  NOT NULL DEFAULT true,
    ADD COLUMN told_day    integer  NOT NULL DEFAULT 0,
    ADD COLUMN told_cards  integer  NOT NULL DEFAULT 0,
    ADD COLUMN told_likes  integer  NOT NULL DEFAULT 0;

-- Who of two agrees that both learn who the other is, whether they have talked as a match, and where.
ALTER TABLE dating_pairs
    ADD COLUMN lo_shares boolean NOT NULL DEFAULT false,
    ADD COLUMN hi_shares boolean NOT NULL DEFAULT false,
    ADD COLUMN talked    boolean NOT NULL DEFAULT false,
    ADD COLUMN chat      bigint,
    ADD CHECK (matched_at IS NOT NULL OR NOT (lo_shares OR hi_shares));
