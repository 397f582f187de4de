-- What operators do. Each entry's hash is over its content and the hash before; `mac` is over number and hash, under a
-- key that the database does not have. `whom` is a keyed hash, as the log outlives an erasure.
CREATE TABLE audit_log (
    seq     bigint PRIMARY KEY,
    at      bigint NOT NULL,
    who     text   NOT NULL,
    role    text   NOT NULL,
    what    text   NOT NULL,
    whom    bytea,
    detail  text   NOT NULL,
    reason  text   NOT NULL,
    source  text   NOT NULL,
    outcome text   NOT NULL,
    hash    bytea  NOT NULL,
    mac     bytea  NOT NULL
);

CREATE INDEX audit_log_whom ON audit_log (whom, seq) WHERE whom IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% takes new rows only', TG_TABLE_NAME;
END;
$$;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Entries noted from time to time, so that a log that was cut short is found; the bot's own log has them, too.
CREATE TABLE audit_heads (
    seq  bigint PRIMARY KEY,
    at   bigint NOT NULL,
    hash bytea  NOT NULL,
    mac  bytea  NOT NULL
);

CREATE TRIGGER audit_heads_append_only BEFORE UPDATE OR DELETE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whose hash it is, as long as they have an account.
CREATE TABLE audit_subjects (
    whom    bytea  PRIMARY KEY,
    user_id bigint NOT NULL
);

CREATE INDEX audit_subjects_user ON audit_subjects (user_id);

-- Numbers of changes to bans. Of its own, as the newest row may be the first to expire.
CREATE SEQUENCE ban_changes;

-- A row for each person, found by the hash also when they have erased themselves. `version` grows with every change.
CREATE TABLE bans (
    user_hash bytea  PRIMARY KEY,
    user_id   bigint,
    kind      text   NOT NULL CHECK (kind IN ('ban', 'shadow')),
    since     bigint NOT NULL,
    until     bigint NOT NULL,
    reason    text   NOT NULL,
    by        text   NOT NULL,
    told      bigint,
    version   bigint NOT NULL
);

CREATE UNIQUE INDEX bans_version ON bans (version);
CREATE INDEX bans_user ON bans (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX bans_until ON bans (until);

-- What banned people write to the operators, sealed.
CREATE TABLE appeals (
    user_hash bytea  NOT NULL,
    seq       bigint NOT NULL,
    at        bigint NOT NULL,
    sealed    bytea  NOT NULL,
    PRIMARY KEY (user_hash, seq)
);

CREATE INDEX appeals_at ON appeals (at);

-- Tokens of the HTTP API, as SHA-256.
CREATE TABLE admin_tokens (
    hash    bytea  PRIMARY KEY,
    name    text   NOT NULL UNIQUE,
    role    text   NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    created bigint NOT NULL,
    expires bigint NOT NULL,
    revoked bigint
);

-- Answers by idempotency key, sealed, for a day.
CREATE TABLE admin_replies (
    who    text   NOT NULL,
    key    text   NOT NULL,
    act    bytea  NOT NULL,
    sealed bytea  NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (who, key)
);

CREATE INDEX admin_replies_at ON admin_replies (at);

ALTER TABLE reports
    ADD taken_by text,
    ADD taken    bigint,
    ADD verdict  text CHECK (verdict IN ('dismissed', 'upheld'));

CREATE INDEX reports_reporter_hash ON reports (reporter_hash) WHERE verdict IS NOT NULL;
