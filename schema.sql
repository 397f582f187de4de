-- The full current schema, for reading. Made by migrations/; a test proves that both are the same.

-- Times are milliseconds since the Unix epoch (bigint), so that they come back exactly as the domain gave
-- them; 9223372036854775807 means "never". Sides are 0 (A, who had waited longer) and 1 (B).

CREATE TABLE accounts (
    user_id              bigint   PRIMARY KEY,
    created              bigint   NOT NULL,
    lang                 text     NOT NULL CHECK (lang IN ('ru', 'en')),
    adult_at             bigint,
    adult_version        integer,
    gender               text     CHECK (gender IN ('female', 'male', 'other')),
    age                  text     CHECK (age IN ('from18', 'from22', 'from26', 'from36', 'from46')),
    interests            integer  NOT NULL,
    wish_genders         smallint NOT NULL,
    wish_ages            smallint NOT NULL,
    wish_langs           smallint NOT NULL,
    wish_shared_interest boolean  NOT NULL,
    confirm_end          boolean  NOT NULL,
    warned_voice         boolean  NOT NULL,
    warned_file          boolean  NOT NULL,
    blocked_bot          boolean  NOT NULL,
    phase                jsonb    NOT NULL,
    last_chat            jsonb,
    -- Two parallel arrays: the list is always read and written whole, with the row.
    avoid_users          bigint[] NOT NULL,
    avoid_until          bigint[] NOT NULL,
    -- When the first entry of the list ends; null if none ever does. Lets expiry find the row.
    avoid_next           bigint,
    applied              bigint   NOT NULL,
    -- When a copy of the data was asked for last.
    exported             bigint,
    -- Wants nude pictures, which stay covered; counts between two who both do.
    nude_photos          boolean  NOT NULL DEFAULT false,
    -- The bot that they wrote to last, and are written to by.
    bot                  smallint NOT NULL DEFAULT 0,
    -- The match to whom their words go as letters, by its name to them.
    letter               bigint,
    CHECK ((adult_at IS NULL) = (adult_version IS NULL)),
    CHECK (cardinality(avoid_users) = cardinality(avoid_until))
) WITH (fillfactor = 85);

CREATE INDEX accounts_searching ON accounts (((phase ->> 'since')::bigint)) WHERE phase ->> 'at' = 'searching';
CREATE INDEX accounts_chatting ON accounts (user_id) WHERE phase ->> 'at' = 'chatting';
CREATE INDEX accounts_avoid_next ON accounts (avoid_next) WHERE avoid_next IS NOT NULL;

-- The operator's bots. Each has its place in this list for ever; 0 is the first. People of one crowd meet each other; it
-- goes by the lowest place among its bots, and is written when a process starts.
CREATE TABLE bots (
    bot    smallint PRIMARY KEY CHECK (bot BETWEEN 0 AND 99),
    bot_id bigint   NOT NULL UNIQUE,
    crowd  smallint NOT NULL DEFAULT 0
);

-- Members become null when they erase themselves.
CREATE TABLE pairs (
    pair_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    a       bigint,
    b       bigint,
    opened  bigint NOT NULL,
    ended   bigint,
    cause   text CHECK (cause IN ('stopped', 'next', 'vanished', 'reported', 'erased', 'lost')),
    -- The bots at which the two are, for as long as it goes on.
    bot_a   smallint NOT NULL DEFAULT 0,
    bot_b   smallint NOT NULL DEFAULT 0,
    CHECK ((ended IS NULL) = (cause IS NULL))
);

CREATE INDEX pairs_a ON pairs (a) WHERE a IS NOT NULL;
CREATE INDEX pairs_b ON pairs (b) WHERE b IS NOT NULL;
CREATE INDEX pairs_ended ON pairs (ended) WHERE ended IS NOT NULL;

-- The primary key is the guard of I1: a user is in at most one live pair.
CREATE TABLE active_pair_member (
    user_id bigint   PRIMARY KEY,
    pair_id bigint   NOT NULL,
    side    smallint NOT NULL CHECK (side IN (0, 1)),
    UNIQUE (pair_id, side)
);

-- Opens pairs, each by itself and in order. A proposal with a busy member is void and names who is busy.
-- One that was opened before (the reply to COMMIT was lost) answers as it did then.
CREATE FUNCTION open_pairs(first bigint[], second bigint[], proposed bigint[])
RETURNS TABLE (place integer, opened_pair bigint, busy bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    fresh bigint;
    taken integer;
BEGIN
    -- Batches of several nodes lock their users in any order; one at a time they cannot deadlock.
    PERFORM pg_advisory_xact_lock(5642809, 2);
    FOR i IN 1 .. cardinality(first) LOOP
        place := i;
        opened_pair := NULL;
        busy := NULL;
        fresh := nextval(pg_get_serial_sequence('pairs', 'pair_id'));
        INSERT INTO active_pair_member (user_id, pair_id, side)
            VALUES (first[i], fresh, 0), (second[i], fresh, 1)
            ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS taken = ROW_COUNT;
        IF taken = 2 THEN
            INSERT INTO pairs (pair_id, a, b, opened, bot_a, bot_b) OVERRIDING SYSTEM VALUE
                VALUES (fresh, first[i], second[i], proposed[i],
                    coalesce((SELECT bot FROM accounts WHERE user_id = first[i]), 0),
                    coalesce((SELECT bot FROM accounts WHERE user_id = second[i]), 0));
            opened_pair := fresh;
        ELSE
            DELETE FROM active_pair_member m WHERE m.pair_id = fresh;
            SELECT p.pair_id INTO opened_pair
                FROM active_pair_member m JOIN pairs p ON p.pair_id = m.pair_id
                WHERE m.user_id = first[i] AND p.a = first[i] AND p.b = second[i] AND p.opened = proposed[i];
            IF opened_pair IS NULL THEN
                busy := ARRAY(
                    SELECT u.member FROM unnest(ARRAY[first[i], second[i]]) WITH ORDINALITY AS u (member, n)
                    WHERE first[i] = second[i]
                       OR EXISTS (SELECT 1 FROM active_pair_member m WHERE m.user_id = u.member)
                    ORDER BY u.n
                );
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END;
$$;

CREATE TABLE message_map (
    pair_id   bigint   NOT NULL,
    from_side smallint NOT NULL CHECK (from_side IN (0, 1)),
    source    integer  NOT NULL,
    copy      integer  NOT NULL,
    at        bigint   NOT NULL,
    PRIMARY KEY (pair_id, from_side, source)
);

CREATE INDEX message_map_at ON message_map (at);

-- One key per user, wrapped by the key-encryption key with the user as associated data. Deleting it makes
-- everything sealed under it unreadable, wherever copies of it are.
CREATE TABLE user_keys (
    user_id bigint PRIMARY KEY,
    wrapped bytea  NOT NULL
);

-- Sealed under the sender's key, what names the row being the associated data. Partitioned by the
-- month in which the chat began (`opened`, from `pairs`): that follows from the pair, so a message
-- that is written again after a crash, with another `at`, meets itself.
CREATE TABLE history (
    pair_id bigint   NOT NULL,
    side    smallint NOT NULL CHECK (side IN (0, 1)),
    message integer  NOT NULL,
    edit    integer  NOT NULL,
    opened  bigint   NOT NULL,
    at      bigint   NOT NULL,
    sealed  bytea    NOT NULL,
    PRIMARY KEY (pair_id, side, message, edit, opened)
) PARTITION BY RANGE (opened);

-- Ciphertext does not compress.
ALTER TABLE history ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE INDEX history_at ON history (at);

-- For months that have no table of their own: nothing is refused.
CREATE TABLE history_default PARTITION OF history DEFAULT;

-- Makes a month's partition, which takes over what fell into the default one. False if it is there.
CREATE FUNCTION make_history_month(month timestamp) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    part text   := to_char(month, '"history_"YYYY_MM');
    low  bigint := extract(epoch FROM date_trunc('month', month)) * 1000;
    high bigint := extract(epoch FROM date_trunc('month', month) + interval '1 month') * 1000;
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- A row that is on its way to the default partition must be in it before the move: arriving after it, it would be
    -- refused there. So writers wait before they choose a partition, not after.
    LOCK TABLE history IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE %I (LIKE history INCLUDING ALL)', part);
    EXECUTE format(
        'WITH moved AS (DELETE FROM history_default WHERE opened >= %s AND opened < %s RETURNING *)
         INSERT INTO %I SELECT * FROM moved', low, high, part);
    EXECUTE format('ALTER TABLE history ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, low, high);
    RETURN true;
END;
$$;

-- Partitions of this and the next two months, ahead of time; those whose month ended and whose rows
-- are all past their time are detached and dropped.
CREATE FUNCTION keep_history_months(now_ms bigint, expired_ms bigint)
RETURNS TABLE (made integer, dropped integer)
LANGUAGE plpgsql AS $$
DECLARE
    this_month timestamp := date_trunc('month', timestamp 'epoch' + now_ms * interval '1 millisecond');
    part name;
    is_alive boolean;
BEGIN
    made := 0;
    dropped := 0;
    -- Two nodes need not do it at once; the one that comes second has nothing to do.
    IF NOT pg_try_advisory_xact_lock(5642809, 3) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    FOR ahead IN 0 .. 2 LOOP
        IF make_history_month(this_month + ahead * interval '1 month') THEN
            made := made + 1;
        END IF;
    END LOOP;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'history'::regclass AND c.relname ~ '^history_\d{4}_\d{2}$'
          AND extract(epoch FROM to_date(substr(c.relname, 9), 'YYYY_MM') + interval '1 month') * 1000 <= expired_ms
        ORDER BY c.relname
    LOOP
        -- A chat may go on for long after the month in which it began.
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE at >= %s)', part, expired_ms) INTO is_alive;
        CONTINUE WHEN is_alive;
        -- From here on nothing can be added; what was added meanwhile is found.
        LOCK TABLE ONLY history IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE at >= %s)', part, expired_ms) INTO is_alive;
        CONTINUE WHEN is_alive;
        EXECUTE format('ALTER TABLE history DETACH PARTITION %I', part);
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN NEXT;
END;
$$;

CREATE TABLE ratings (
    pair_id bigint  NOT NULL,
    rater   bigint  NOT NULL,
    rated   bigint  NOT NULL,
    up      boolean NOT NULL,
    at      bigint  NOT NULL,
    PRIMARY KEY (pair_id, rater)
);

CREATE INDEX ratings_rater ON ratings (rater);
CREATE INDEX ratings_rated ON ratings (rated);
CREATE INDEX ratings_at ON ratings (at);

-- The reporter becomes null when they erase themselves; the keyed hash keeps the report from being
-- made twice.
CREATE TABLE reports (
    report_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pair_id       bigint NOT NULL,
    reporter_hash bytea  NOT NULL,
    reporter      bigint,
    reported      bigint NOT NULL,
    reason        text   NOT NULL CHECK (reason IN ('minor', 'abuse', 'sexual', 'spam', 'other')),
    at            bigint NOT NULL,
    status        text   NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    -- The operator who works on it, and since when.
    taken_by      text,
    taken         bigint,
    verdict       text   CHECK (verdict IN ('dismissed', 'upheld')),
    -- How much it weighs while it is open: the greatest is looked at first.
    weight        bigint NOT NULL DEFAULT 0,
    UNIQUE (pair_id, reporter_hash)
);

CREATE INDEX reports_reporter ON reports (reporter) WHERE reporter IS NOT NULL;
CREATE INDEX reports_reported ON reports (reported);
CREATE INDEX reports_open ON reports (at) WHERE status = 'open';
CREATE INDEX reports_at ON reports (at);
CREATE INDEX reports_reporter_hash ON reports (reporter_hash) WHERE verdict IS NOT NULL;
CREATE INDEX reports_queue ON reports (weight DESC, at, report_id) WHERE status = 'open';
CREATE INDEX reports_open_reporter ON reports (reporter_hash) WHERE status = 'open';

-- Sealed under a key of the report's own, so that erasing a user leaves an open report its evidence.
CREATE TABLE report_evidence (
    report_id bigint PRIMARY KEY REFERENCES reports (report_id) ON DELETE CASCADE,
    wrapped   bytea  NOT NULL,
    sealed    bytea  NOT NULL
);

-- `sealed` is the raw update under the user's key; `replay_asked` is when an operator asked that it
-- be handled again.
CREATE TABLE dead_letters (
    seq          bigint PRIMARY KEY,
    update_id    bigint NOT NULL,
    user_id      bigint NOT NULL,
    at           bigint NOT NULL,
    error        text   NOT NULL,
    sealed       bytea  NOT NULL,
    replay_asked bigint
);

CREATE INDEX dead_letters_user ON dead_letters (user_id);
CREATE INDEX dead_letters_at ON dead_letters (at);
CREATE INDEX dead_letters_replay ON dead_letters (seq) WHERE replay_asked IS NOT NULL;

-- Who erased themselves, as keyed hashes: to be applied again after a backup is restored.
CREATE TABLE erasures (
    user_hash bytea  PRIMARY KEY,
    at        bigint NOT NULL
);

-- A constant sealed under the key-encryption key: tells a wrong key at start, before anything is
-- written with it. `hashing` is what hashes are made with, sealed, once the key that it was made from is exchanged.
CREATE TABLE key_check (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    sealed  bytea   NOT NULL,
    hashing bytea
);

-- Lines that the bot says by itself ("Someone is here"), owed until they have left: the next life
-- says what is still owed. `life` is the process that is about to say it.
CREATE TABLE owed_lines (
    user_id bigint NOT NULL,
    line    text   NOT NULL,
    life    bigint NOT NULL,
    PRIMARY KEY (user_id, line)
);

-- Several nodes. A node lives for as long as its row does: it renews `expires`, others remove the
-- row when that is past. Every write of a node first locks its row (FOR KEY SHARE), so after the
-- removal it writes nothing more.
CREATE TABLE nodes (
    node    bigint      PRIMARY KEY,
    -- Low bits of the positions that the node gives out, so that no two nodes give out the same.
    slot    smallint    NOT NULL UNIQUE CHECK (slot BETWEEN 0 AND 31),
    name    text        NOT NULL,
    started timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    leaving boolean     NOT NULL,
    -- Fingerprints of the history's keys that it has. None: its program does not say.
    keys    text[]
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

-- The shared journal: accepted updates until they are done, and for a while after, so that what
-- Telegram sends again is recognised. `sealed` is the update under the key-encryption key; null
-- once done.
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

-- What users may have beyond what everyone has: one row per user and kind. A moment of `until` that
-- has passed counts as none; the row goes some time later. `source` is who or what granted it last.
CREATE TABLE entitlements (
    user_id bigint NOT NULL,
    kind    text   NOT NULL CHECK (kind IN ('premium')),
    until   bigint NOT NULL,
    source  text   NOT NULL,
    granted bigint NOT NULL,
    changed bigint NOT NULL,
    PRIMARY KEY (user_id, kind)
);

CREATE INDEX entitlements_until ON entitlements (until);

-- Ids of updates that were done more than an hour ago, a bit each: `block` is the id divided by
-- 4096, the byte the rest divided by 8. They are known for 48 hours, so that what Telegram sends
-- again is not handled again.
CREATE TABLE inbox_seen (
    block   bigint      PRIMARY KEY,
    bits    bytea       NOT NULL CHECK (octet_length(bits) = 512),
    touched timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX inbox_seen_touched ON inbox_seen (touched);

-- Who takes a partition over reads what is done in it.
CREATE INDEX inbox_done ON inbox (partition) INCLUDE (update_id) WHERE done;

-- Which handle of Telegram's stands for a file that was uploaded under a neutral name. Neither
-- column can be read without the original's file_unique_id, which is not kept here: `name` is a
-- keyed hash of it, `sealed` is under a key that is made from it.
CREATE TABLE laundered_copies (
    name   bytea  PRIMARY KEY,
    sealed bytea  NOT NULL,
    made   bigint NOT NULL
);

CREATE INDEX laundered_copies_made ON laundered_copies (made);

-- People whom a user does not want to meet again: a row each, so that none has to make room for another.
CREATE TABLE blocks (
    user_id bigint NOT NULL,
    blocked bigint NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (user_id, blocked)
);

-- Who said that they are not 18 and erased themselves, as a keyed hash, until the day is over in
-- which they are not asked again.
CREATE TABLE turned_away (
    user_hash bytea  PRIMARY KEY,
    since     bigint NOT NULL
);

CREATE INDEX turned_away_since ON turned_away (since);

-- Durable work that takes seconds to minutes. Times are PostgreSQL's own clock, by which leases
-- run. Every index but the keys' holds only rows in one state, so that a claim costs the same
-- however many are done.
CREATE TABLE jobs (
    job_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Names the cause: the same cause makes no second job.
    key        text        NOT NULL UNIQUE,
    lane       text        NOT NULL,
    user_id    bigint,
    priority   smallint    NOT NULL,
    -- Where it stands among those of its priority: when it was added, in milliseconds, and an hour
    -- later for each other job of its user's that waited or was under way.
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
    -- Sealed under the user's key, or the key-encryption key where there is no user; bound to
    -- `key`. The payload goes when nobody needs it any more.
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
-- What failed for good, for whoever looks.
CREATE INDEX jobs_failed ON jobs (ended) WHERE state = 'failed';
CREATE INDEX jobs_owed ON jobs (job_id) INCLUDE (user_id) WHERE owed;
CREATE INDEX jobs_ended ON jobs (expires) WHERE state IN ('completed', 'failed', 'cancelled');
CREATE INDEX jobs_user ON jobs (user_id) WHERE user_id IS NOT NULL;

-- What users write to the operators, sealed under their own key. The update's position names the
-- row, so one that is handled again is kept once.
CREATE TABLE feedback (
    user_id bigint NOT NULL,
    seq     bigint NOT NULL,
    at      bigint NOT NULL,
    sealed  bytea  NOT NULL,
    PRIMARY KEY (user_id, seq)
);

-- For expiry, and for the operators, who read the newest first.
CREATE INDEX feedback_at ON feedback (at);

-- What was seen of a picture, so that it is not looked at twice. The name is a keyed hash of Telegram's id of the file,
-- which is not kept: nobody can tell whose it was.
CREATE TABLE photo_verdicts (
    name    bytea    PRIMARY KEY,
    -- Of models and thresholds: another one looks again.
    version smallint NOT NULL,
    -- Reasons against it, a bit each; none: it may stand in the open.
    reasons integer  NOT NULL,
    -- What it looks like (PDQ, 256 bits); none if there is too little in it to tell.
    hash    bytea,
    at      bigint   NOT NULL
);
CREATE INDEX photo_verdicts_at ON photo_verdicts (at);

-- Pictures that the operators banned, by what they look like.
CREATE TABLE banned_photos (
    hash bytea  PRIMARY KEY,
    note text   NOT NULL,
    at   bigint NOT NULL
);

-- Which pictures a user sent in which chats of the last day: the same one in many is spam.
CREATE TABLE sent_photos (
    user_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    hash    bytea  NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (user_id, pair_id, hash)
);
CREATE INDEX sent_photos_at ON sent_photos (at);

-- Pictures that an operator has to look at. Of a report: the picture itself, sealed under the report's key. Of doubt:
-- Telegram's handle of it alone, sealed under its sender's.
CREATE TABLE held_photos (
    photo_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint REFERENCES reports (report_id) ON DELETE CASCADE,
    sender    bigint NOT NULL,
    -- A keyed hash of the file's id.
    name      bytea   NOT NULL,
    -- What was seen of it, as in photo_verdicts.
    reasons   integer NOT NULL,
    hash      bytea,
    sealed    bytea   NOT NULL,
    at        bigint  NOT NULL,
    ruling    text    CHECK (ruling IN ('approve', 'reject', 'ban'))
);
CREATE UNIQUE INDEX held_photos_report ON held_photos (report_id, name) WHERE report_id IS NOT NULL;
CREATE UNIQUE INDEX held_photos_doubt ON held_photos (name) WHERE report_id IS NULL;
CREATE INDEX held_photos_sender ON held_photos (sender);
CREATE INDEX held_photos_at ON held_photos (at);

-- Reports whose evidence was gone through for pictures.
CREATE TABLE searched_reports (
    report_id bigint PRIMARY KEY REFERENCES reports (report_id) ON DELETE CASCADE
);

-- Pictures of which an operator says that they are fine, whatever the models say.
CREATE TABLE allowed_photos (
    hash bytea  PRIMARY KEY,
    at   bigint NOT NULL
);

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
    answered bigint,
    accepted boolean,
    PRIMARY KEY (user_hash, seq)
);

CREATE INDEX appeals_at ON appeals (at);
CREATE INDEX appeals_open ON appeals (at) WHERE answered IS NULL;

-- What operators have to say to a person, sealed under their key: owed until it was said, and a record of it afterwards.
CREATE TABLE operator_lines (
    line_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL,
    kind    text   NOT NULL CHECK (kind IN ('warning', 'accepted', 'declined', 'erased')),
    at      bigint NOT NULL,
    sealed  bytea  NOT NULL,
    told    bigint
);

CREATE INDEX operator_lines_user ON operator_lines (user_id, kind);
CREATE INDEX operator_lines_untold ON operator_lines (at) WHERE told IS NULL;
CREATE INDEX operator_lines_at ON operator_lines (at);

-- What operators note about a person for each other, sealed.
CREATE TABLE operator_notes (
    note_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_hash bytea  NOT NULL,
    at        bigint NOT NULL,
    by        text   NOT NULL,
    sealed    bytea  NOT NULL
);

CREATE INDEX operator_notes_user ON operator_notes (user_hash, at);
CREATE INDEX operator_notes_at ON operator_notes (at);

-- What looked as if a program wrote it. `seq` is the update with which it was seen; `acted` is when it was counted for
-- what was done about the person.
CREATE TABLE detections (
    user_hash bytea  NOT NULL,
    seq       bigint NOT NULL,
    user_id   bigint,
    pattern   text   NOT NULL CHECK (pattern IN ('rhythm', 'same_words', 'links')),
    at        bigint NOT NULL,
    acted     bigint,
    PRIMARY KEY (user_hash, seq)
);

CREATE INDEX detections_at ON detections (at);
CREATE INDEX detections_user ON detections (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX detections_new ON detections (at) WHERE acted IS NULL;

-- Tokens of the HTTP API, as SHA-256.
CREATE TABLE admin_tokens (
    hash    bytea  PRIMARY KEY,
    name    text   NOT NULL UNIQUE,
    role    text   NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    created bigint NOT NULL,
    expires bigint NOT NULL,
    revoked bigint,
    made_by text
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

-- What each person did, in sums. Days are those since 1970; bit N of `seen` says that they were here N days after the
-- first.
CREATE TABLE activity (
    user_id   bigint  PRIMARY KEY,
    first_day integer NOT NULL,
    last_day  integer NOT NULL,
    last_seen bigint  NOT NULL,
    sessions  bigint  NOT NULL,
    messages  bigint  NOT NULL,
    photos    bigint  NOT NULL,
    days      integer NOT NULL,
    seen      bigint  NOT NULL
);

CREATE INDEX activity_first_day ON activity (first_day);
CREATE INDEX activity_last_day ON activity (last_day);

-- The same of everybody together.
CREATE TABLE activity_days (
    day      integer PRIMARY KEY,
    active   bigint  NOT NULL,
    fresh    bigint  NOT NULL,
    messages bigint  NOT NULL,
    photos   bigint  NOT NULL,
    dialogs  bigint  NOT NULL
);

-- What people want to buy. `person` is a keyed hash, as payments outlive an erasure; the ids go with the account.
CREATE TABLE orders (
    order_id    text   PRIMARY KEY,
    person      bytea  NOT NULL,
    user_id     bigint,
    gift_person bytea,
    gift_to     bigint,
    seq         bigint NOT NULL,
    product     text   NOT NULL,
    kind        text   NOT NULL CHECK (kind IN ('once', 'monthly', 'pack')),
    -- Days of premium, or how much a pack holds.
    days        integer NOT NULL CHECK (days > 0),
    currency    text   NOT NULL CHECK (currency IN ('XTR', 'RUB')),
    amount      bigint NOT NULL CHECK (amount > 0),
    state       text   NOT NULL CHECK (state IN ('open', 'paid')),
    created     bigint NOT NULL,
    expires     bigint NOT NULL,
    checked     bigint,
    -- What a pack holds; none: messages to characters.
    good        text
);

CREATE INDEX orders_person ON orders (person, created);
CREATE INDEX orders_user ON orders (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX orders_gift ON orders (gift_to) WHERE gift_to IS NOT NULL;
CREATE INDEX orders_expires ON orders (expires);

-- Money that has moved, as its provider tells it. The key is the provider's, with the direction: a refund bears the
-- name of its payment (I8).
CREATE TABLE charges (
    charge_id text    NOT NULL,
    direction text    NOT NULL CHECK (direction IN ('in', 'out')),
    number    bigint  GENERATED ALWAYS AS IDENTITY,
    order_id  text,
    person    bytea   NOT NULL,
    user_id   bigint,
    currency  text    NOT NULL,
    amount    bigint  NOT NULL CHECK (amount > 0),
    at        bigint  NOT NULL,
    cause     bigint,
    -- What goes back of a payment by card has a name of its own: this is the payment's.
    returns   text,
    PRIMARY KEY (charge_id, direction)
);

CREATE UNIQUE INDEX charges_number ON charges (number);
CREATE INDEX charges_user ON charges (user_id, number) WHERE user_id IS NOT NULL;
CREATE INDEX charges_at ON charges (at);
CREATE INDEX charges_person ON charges (person, number);
CREATE INDEX charges_returns ON charges (coalesce(returns, charge_id)) WHERE direction = 'out';

-- Subscriptions, one an order. Without a first charge only a change of it was told yet.
CREATE TABLE subscriptions (
    order_id     text   PRIMARY KEY,
    person       bytea  NOT NULL,
    user_id      bigint,
    first_charge text,
    state        text   NOT NULL CHECK (state IN ('active', 'canceled', 'failed')),
    paid_until   bigint NOT NULL,
    changed      bigint NOT NULL,
    -- By which one by card is charged again: the provider's name of it. Null where it does not renew, and with Stars.
    method       text
);

CREATE INDEX subscriptions_due ON subscriptions (paid_until) WHERE method IS NOT NULL;
CREATE INDEX subscriptions_person ON subscriptions (person);
CREATE INDEX subscriptions_user ON subscriptions (user_id) WHERE user_id IS NOT NULL;

-- The ledger: each entry takes from one account what it gives to another, so they add up to zero. Premium is a unit like
-- money, in milliseconds; so are messages of packs, one by one.
CREATE TABLE ledger (
    entry     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        bigint NOT NULL,
    person    bytea  NOT NULL,
    charge_id text,
    source    text   NOT NULL,
    unit      text   NOT NULL CHECK (unit IN ('XTR', 'RUB', 'premium', 'companion',
        'dating_likers', 'dating_undo', 'dating_likes', 'dating_super', 'again')),
    debit     text   NOT NULL,
    credit    text   NOT NULL,
    amount    bigint NOT NULL CHECK (amount > 0),
    late      bigint NOT NULL
);

CREATE INDEX ledger_person ON ledger (person, entry) WHERE unit = 'premium';
CREATE INDEX ledger_pieces ON ledger (person, entry) WHERE unit = 'companion';
CREATE INDEX ledger_dating ON ledger (person, entry)
    WHERE unit IN ('dating_likers', 'dating_undo', 'dating_likes', 'dating_super');
CREATE INDEX ledger_again ON ledger (person, entry) WHERE unit = 'again';
CREATE INDEX ledger_charge ON ledger (charge_id) WHERE charge_id IS NOT NULL;
CREATE INDEX ledger_at ON ledger (at);

CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Who has had the days of premium that everybody may try once: a keyed hash, as it outlives an erasure.
CREATE TABLE trials (
    person bytea  PRIMARY KEY,
    seq    bigint NOT NULL,
    at     bigint NOT NULL
);

-- Links by which people invite others.
CREATE TABLE invitations (
    user_id bigint PRIMARY KEY,
    code    text   NOT NULL UNIQUE,
    at      bigint NOT NULL
);

-- Who came by such a link: a keyed hash, as erasing makes nobody new. `inviter` is forgotten once they have talked.
CREATE TABLE arrivals (
    person  bytea  PRIMARY KEY,
    inviter bigint,
    at      bigint NOT NULL
);

CREATE INDEX arrivals_inviter ON arrivals (inviter) WHERE inviter IS NOT NULL;
CREATE INDEX arrivals_at ON arrivals (at) WHERE inviter IS NOT NULL;

-- The partner of a chat that ended, asked back: one question a chat. `asked` is null where nobody is to be asked, which
-- whoever asks does not learn.
CREATE TABLE again_asks (
    pair_id bigint PRIMARY KEY,
    asker   bigint NOT NULL,
    asked   bigint,
    at      bigint NOT NULL,
    until   bigint NOT NULL,
    shown   bigint,
    state   text   NOT NULL CHECK (state IN ('asked', 'shown', 'no', 'met', 'off', 'back')),
    used    text
);

CREATE INDEX again_asks_asker ON again_asks (asker, at);
CREATE INDEX again_asks_asked ON again_asks (asked) WHERE asked IS NOT NULL;
CREATE INDEX again_asks_until ON again_asks (until);

-- How many of a provider's transactions were gone through.
CREATE TABLE billing_cursors (
    name text   PRIMARY KEY,
    rows bigint NOT NULL,
    at   bigint NOT NULL
);

-- What does not fit, for an operator to look at.
CREATE TABLE billing_differences (
    charge_id text   NOT NULL,
    direction text   NOT NULL,
    reason    text   NOT NULL,
    amount    bigint NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (charge_id, direction, reason)
);

CREATE INDEX billing_differences_at ON billing_differences (at);

-- Links that open the pages, as SHA-256. Each is good once.
CREATE TABLE admin_links (
    hash    bytea  PRIMARY KEY,
    who     text   NOT NULL,
    role    text   NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    expires bigint NOT NULL,
    used    bigint
);

CREATE INDEX admin_links_expires ON admin_links (expires);

-- Sessions of the pages, as SHA-256 of what the browser shows.
CREATE TABLE admin_sessions (
    hash    bytea  PRIMARY KEY,
    who     text   NOT NULL,
    role    text   NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    seen    bigint NOT NULL,
    expires bigint NOT NULL,
    ended   bigint
);

CREATE INDEX admin_sessions_expires ON admin_sessions (expires);

-- What operators tell everybody.
CREATE TABLE broadcasts (
    broadcast_id bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    by           text    NOT NULL,
    draft        jsonb   NOT NULL,
    state        text    NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'done', 'cancelled')),
    why          text,
    created      bigint  NOT NULL,
    started      bigint,
    ended        bigint,
    people       bigint  NOT NULL,
    sent         bigint  NOT NULL DEFAULT 0,
    gone         bigint  NOT NULL DEFAULT 0,
    failed       bigint  NOT NULL DEFAULT 0,
    left_out     bigint  NOT NULL DEFAULT 0,
    -- The last id that was looked at.
    reached      bigint  NOT NULL DEFAULT 0,
    -- Who carries it: what comes under an earlier number is given nobody new.
    holder       bigint  NOT NULL DEFAULT 0,
    runs         integer NOT NULL DEFAULT 0
);

CREATE INDEX broadcasts_running ON broadcasts (started, broadcast_id) WHERE state = 'running';
CREATE INDEX broadcasts_created ON broadcasts (created);

-- Who is to get one next: until it has landed. Who waits is in a chat.
CREATE TABLE broadcast_due (
    broadcast_id bigint  NOT NULL REFERENCES broadcasts ON DELETE CASCADE,
    user_id      bigint  NOT NULL,
    since        bigint  NOT NULL,
    waits        boolean NOT NULL,
    PRIMARY KEY (broadcast_id, user_id)
);

CREATE INDEX broadcast_due_user ON broadcast_due (user_id);

-- Who wants none.
CREATE TABLE news_off (
    user_id bigint PRIMARY KEY,
    since   bigint NOT NULL
);

-- Acts that wait for a second owner: each as it was asked for, sealed. `person` is who is behind the name; `whom` is a
-- keyed hash.
CREATE TABLE admin_requests (
    request_id bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         bigint  NOT NULL,
    until      bigint  NOT NULL,
    who        text    NOT NULL,
    person     text    NOT NULL,
    role       text    NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    whom       bytea,
    sealed     bytea   NOT NULL,
    closed     bigint,
    by         text,
    agreed     boolean
);

CREATE INDEX admin_requests_whom ON admin_requests (whom) WHERE whom IS NOT NULL;
CREATE INDEX admin_requests_until ON admin_requests (until);

-- What whoever comes to the menu reads: one at a time.
CREATE TABLE announcements (
    announcement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              bigint NOT NULL,
    by              text   NOT NULL,
    ended           bigint,
    ended_by        text,
    ru              text,
    en              text,
    CHECK (ru IS NOT NULL OR en IS NOT NULL)
);

CREATE UNIQUE INDEX announcements_up ON announcements ((ended IS NULL)) WHERE ended IS NULL;
CREATE INDEX announcements_ended ON announcements (ended) WHERE ended IS NOT NULL;

-- Dialogs with characters. Titles and words are sealed under the owner's key.
CREATE TABLE companion_dialogs (
    dialog_id bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id   bigint  NOT NULL,
    -- Position of the press that began it.
    begun     bigint  NOT NULL,
    persona   text    NOT NULL,
    lang      text    NOT NULL CHECK (lang IN ('ru', 'en')),
    title     bytea,
    created   bigint  NOT NULL,
    used      bigint  NOT NULL,
    -- When it was said last that the character is an AI.
    noticed   bigint  NOT NULL,
    turns     integer NOT NULL DEFAULT 0,
    -- Since when its owner wants adult mode in it; nothing: it is off, as in every new one.
    adult     bigint,
    -- Since when what is said next is its title.
    naming    bigint,
    -- The message by which its owner gave it its title; nothing: it is made of its first words.
    named     integer,
    -- What its older turns are summed up in, sealed, and up to which turn that goes.
    summary   bytea,
    summed    integer NOT NULL DEFAULT 0,
    -- Up to which turn its owner wanted all of that forgotten: those are not summed up again.
    forgot    integer NOT NULL DEFAULT 0,
    UNIQUE (user_id, begun)
);
CREATE INDEX companion_dialogs_user ON companion_dialogs (user_id, used DESC);
CREATE INDEX companion_dialogs_used ON companion_dialogs (used);

-- What a person said, and what was answered: one reply a turn.
CREATE TABLE companion_turns (
    dialog_id bigint   NOT NULL,
    turn      integer  NOT NULL,
    user_id   bigint   NOT NULL,
    -- The person's messages in it.
    messages  integer[] NOT NULL,
    at        bigint   NOT NULL,
    asked     bytea    NOT NULL,
    state     text     NOT NULL CHECK (state IN ('open', 'replied', 'refused', 'helped', 'failed')),
    -- A model is being asked: words that come now make a turn of their own.
    begun     boolean  NOT NULL DEFAULT false,
    -- Jobs that it had; none while another turn of its dialog is open.
    tries     smallint NOT NULL DEFAULT 0,
    reply     bytea,
    -- Every reply to it, where there were several; `reply` is the one that counts.
    variants  bytea[]  NOT NULL DEFAULT '{}',
    -- Words that pass in adult mode only: where it is off they are neither shown nor told to a model.
    adult     boolean  NOT NULL DEFAULT false,
    -- Which of `variants` counts, from 1; 0: the last.
    chosen    smallint NOT NULL DEFAULT 0,
    -- By what it is found again: stems of its words, under its owner's key.
    stems     bytea[]  NOT NULL DEFAULT '{}',
    -- The same where somebody makes vectors of words: one of what was meant, sealed, and which model made it. With a model and
    -- no vector it is not to be found so.
    vector    bytea,
    vector_of text,
    PRIMARY KEY (dialog_id, turn)
);
CREATE INDEX companion_turns_user ON companion_turns (user_id) WHERE state = 'open';
CREATE INDEX companion_turns_owner ON companion_turns (user_id, dialog_id, turn);
CREATE INDEX companion_turns_at ON companion_turns (at);

-- When somebody asked for replies lately.
CREATE TABLE companion_people (
    user_id bigint   PRIMARY KEY,
    asks    bigint[] NOT NULL,
    at      bigint   NOT NULL
);
CREATE INDEX companion_people_at ON companion_people (at);

-- Calls of back ends: the most that each can cost, and what it did. `person` is a keyed hash.
CREATE TABLE companion_calls (
    dialog_id bigint   NOT NULL,
    turn      integer  NOT NULL,
    try       smallint NOT NULL,
    number    smallint NOT NULL,
    person    bytea    NOT NULL,
    day       integer  NOT NULL,
    back_end  text     NOT NULL,
    worst     bigint   NOT NULL CHECK (worst >= 0),
    -- None: it is under way, or nobody knows.
    spent     bigint   CHECK (spent >= 0),
    at        bigint   NOT NULL,
    PRIMARY KEY (dialog_id, turn, try, number)
);
CREATE INDEX companion_calls_at ON companion_calls (at);

-- Sums by day: of a person, of all, of a back end.
CREATE TABLE companion_sums (
    day      integer  NOT NULL,
    cap      text     NOT NULL,
    person   bytea    NOT NULL,
    reserved bigint   NOT NULL CHECK (reserved >= 0),
    spent    bigint   NOT NULL CHECK (spent >= 0),
    -- Marks of the cap that operators were told of.
    told     smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, cap, person)
);

-- A dating profile. Nobody under 18 has one: the database's own clock says so, at the place on earth where a day begins
-- last. Name, bio and photo are sealed under the person's key; where they are is a cell of a tenth of a degree.
CREATE TABLE dating_profiles (
    user_id       bigint   PRIMARY KEY,
    standing      text     NOT NULL CHECK (standing IN ('draft', 'shown', 'paused', 'hidden')),
    birth         date     CHECK (birth <= ((now() - interval '12 hours') AT TIME ZONE 'UTC')::date - interval '18 years'),
    gender        smallint NOT NULL CHECK (gender BETWEEN 0 AND 2),
    genders       smallint NOT NULL CHECK (genders BETWEEN 0 AND 7),
    from_age      smallint NOT NULL CHECK (from_age >= 18),
    to_age        smallint NOT NULL CHECK (to_age >= from_age),
    reach         smallint NOT NULL CHECK (reach BETWEEN 0 AND 4),
    cell          integer  CHECK (cell BETWEEN 0 AND 6479999),
    interests     bigint   NOT NULL,
    goal          smallint CHECK (goal BETWEEN 0 AND 3),
    sealed        bytea,
    photo         bytea,
    photo_checked boolean  NOT NULL DEFAULT false,
    -- The question of the dialogue that is open, when it was asked, and the last update that was heard.
    asks          text,
    asked         bigint   NOT NULL,
    heard         bigint   NOT NULL DEFAULT 0,
    since         bigint   NOT NULL,
    active        bigint   NOT NULL,
    -- What is learnt: cards that others decided on, likes, own decisions, own likes; taste; the price of crowding.
    cards         integer  NOT NULL DEFAULT 0,
    likes         integer  NOT NULL DEFAULT 0,
    decided       integer  NOT NULL DEFAULT 0,
    liked         integer  NOT NULL DEFAULT 0,
    wants         real[]   NOT NULL DEFAULT '{}',
    offers        real[]   NOT NULL DEFAULT '{}',
    price         real     NOT NULL DEFAULT 0,
    passes        integer  NOT NULL DEFAULT 0,
    priced        bigint   NOT NULL DEFAULT 0,
    -- Likes spent and changes of place on a day, counted from 1970.
    day           integer  NOT NULL DEFAULT 0,
    spent         integer  NOT NULL DEFAULT 0,
    moves         integer  NOT NULL DEFAULT 0,
    -- Whether the owner of a hidden profile took a break. Says nothing of others.
    paused        boolean  NOT NULL DEFAULT false,
    -- Of a photo a size that is enough for a card.
    preview       bytea,
    -- Settings: kinds of notices as bits (match, like, message), quiet hours in minutes of a day, and the minutes that
    -- their clock is ahead of UTC.
    notify        smallint NOT NULL DEFAULT 7 CHECK (notify BETWEEN 0 AND 7),
    quiet_from    smallint CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to      smallint CHECK (quiet_to BETWEEN 0 AND 1439),
    utc_offset    smallint CHECK (utc_offset BETWEEN -720 AND 840),
    digest        boolean  NOT NULL DEFAULT false,
    show_online   boolean  NOT NULL DEFAULT true,
    -- Cards and likes as they stood when the day of the last of them began: only that is told.
    told_day      integer  NOT NULL DEFAULT 0,
    told_cards    integer  NOT NULL DEFAULT 0,
    told_likes    integer  NOT NULL DEFAULT 0,
    -- Verdicts taken back on a day, and until when somebody sees who likes them.
    undo_day      integer  NOT NULL DEFAULT 0,
    undos         integer  NOT NULL DEFAULT 0,
    likers_until  bigint   NOT NULL DEFAULT 0,
    -- What they ask for beyond genders, ages and distance (goals as bits; here within so many days, 0: whenever), and how
    -- often that was changed on a day.
    wish_shared   boolean  NOT NULL DEFAULT false,
    wish_goals    smallint NOT NULL DEFAULT 15,
    wish_photo    boolean  NOT NULL DEFAULT false,
    wish_active   smallint NOT NULL DEFAULT 0,
    filter_day    integer  NOT NULL DEFAULT 0,
    filter_changes integer NOT NULL DEFAULT 0,
    -- Changes of photos on a day.
    photo_day     integer  NOT NULL DEFAULT 0,
    photo_changes integer  NOT NULL DEFAULT 0,
    -- The letters of what they say of themselves, as a keyed hash: whoever says the same is found.
    echo          bytea,
    -- The bot that the owner is at, as in accounts.
    bot           smallint NOT NULL DEFAULT 0,
    -- When anything last changed that others' wishes look at.
    changed       bigint   NOT NULL DEFAULT 0,
    CHECK (standing = 'draft'
        OR (birth IS NOT NULL AND cell IS NOT NULL AND goal IS NOT NULL AND sealed IS NOT NULL))
);

CREATE INDEX dating_profiles_near ON dating_profiles (cell, gender, active DESC) WHERE standing = 'shown';
-- Whoever is too old or too young is passed by in the index.
CREATE INDEX dating_profiles_around ON dating_profiles (cell, gender, active DESC, birth) WHERE standing = 'shown';
CREATE INDEX dating_profiles_anywhere ON dating_profiles (gender, active DESC) WHERE standing = 'shown';
CREATE INDEX dating_profiles_priced ON dating_profiles (priced) WHERE standing = 'shown';
-- Who was here last and who came last, wherever they are.
CREATE INDEX dating_profiles_active ON dating_profiles (active DESC) WHERE standing = 'shown';
CREATE INDEX dating_profiles_since ON dating_profiles (since DESC);
CREATE INDEX dating_profiles_echo ON dating_profiles (echo) WHERE echo IS NOT NULL;
-- Of one bot's people, where those of others are apart.
CREATE INDEX dating_profiles_bot_around ON dating_profiles (bot, cell, gender, active DESC, birth) WHERE standing = 'shown';
CREATE INDEX dating_profiles_bot_anywhere ON dating_profiles (bot, gender, active DESC) WHERE standing = 'shown';

-- Whoever goes to another bot takes their profile along, whichever program writes that down.
CREATE FUNCTION follow_bot() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE dating_profiles SET bot = NEW.bot WHERE user_id = NEW.user_id;
    RETURN NULL;
END;
$$;

CREATE TRIGGER accounts_follow_bot AFTER UPDATE OF bot ON accounts
    FOR EACH ROW WHEN (OLD.bot IS DISTINCT FROM NEW.bot) EXECUTE FUNCTION follow_bot();

-- A profile begins at the bot that its owner is at. Whoever goes to another one beside this waits, and takes the row along.
CREATE FUNCTION begin_at_bot() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.bot := coalesce((SELECT a.bot FROM accounts a WHERE a.user_id = NEW.user_id FOR SHARE), NEW.bot);
    RETURN NEW;
END;
$$;

CREATE TRIGGER dating_profiles_begin_at_bot BEFORE INSERT ON dating_profiles
    FOR EACH ROW EXECUTE FUNCTION begin_at_bot();

-- What is written again as it was is no change, and another photo is none.
CREATE FUNCTION note_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
    RETURN NEW;
END;
$$;

CREATE TRIGGER dating_profiles_note_change
    BEFORE UPDATE OF birth, gender, cell, interests, goal, photo ON dating_profiles
    FOR EACH ROW WHEN ((OLD.birth, OLD.gender, OLD.cell, OLD.interests, OLD.goal, OLD.photo IS NULL)
        IS DISTINCT FROM (NEW.birth, NEW.gender, NEW.cell, NEW.interests, NEW.goal, NEW.photo IS NULL))
    EXECUTE FUNCTION note_change();

-- Photos of profiles, six at most, in their order. `photo` is the photo's name to its owner, drawn by chance; its handles
-- are sealed under its owner's key. What stands first is in `dating_profiles` as well.
CREATE TABLE dating_photos (
    user_id bigint   NOT NULL REFERENCES dating_profiles ON DELETE CASCADE,
    photo   bigint   NOT NULL,
    place   smallint NOT NULL,
    sealed  bytea    NOT NULL,
    preview bytea    NOT NULL,
    seen    text     NOT NULL CHECK (seen IN ('waiting', 'face', 'fine')),
    added   bigint   NOT NULL,
    -- Of one that nobody could look at: when it is looked at again, and how often that was tried.
    look_at bigint   NOT NULL,
    looks   integer  NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, photo)
);

CREATE INDEX dating_photos_waiting ON dating_photos (look_at) WHERE seen = 'waiting';

-- Whoever does not want to meet somebody, by the latter.
CREATE INDEX blocks_blocked ON blocks (blocked);

-- What two people said of each other: one row, so that of two likes at the same moment the second finds the first (I17).
-- A match has a name to each of the two, drawn by chance.
CREATE TABLE dating_pairs (
    lo         bigint  NOT NULL,
    hi         bigint  NOT NULL,
    lo_said    text    CHECK (lo_said IN ('like', 'super_like', 'pass', 'later')),
    lo_at      bigint,
    hi_said    text    CHECK (hi_said IN ('like', 'super_like', 'pass', 'later')),
    hi_at      bigint,
    lo_blocked boolean NOT NULL DEFAULT false,
    hi_blocked boolean NOT NULL DEFAULT false,
    closed     boolean NOT NULL DEFAULT false,
    matched_at bigint,
    matches    integer NOT NULL DEFAULT 0,
    lo_token   bigint,
    hi_token   bigint,
    changed    bigint  NOT NULL,
    -- Who agrees that both learn who the other is, whether they have talked as a match, and where.
    lo_shares  boolean NOT NULL DEFAULT false,
    hi_shares  boolean NOT NULL DEFAULT false,
    talked     boolean NOT NULL DEFAULT false,
    chat       bigint,
    PRIMARY KEY (lo, hi),
    CHECK (lo < hi),
    CHECK (matched_at IS NULL OR (lo_said LIKE '%like' AND hi_said LIKE '%like' AND NOT closed
        AND NOT lo_blocked AND NOT hi_blocked AND lo_token IS NOT NULL AND hi_token IS NOT NULL)),
    CHECK (matched_at IS NOT NULL OR NOT (lo_shares OR hi_shares))
);

CREATE INDEX dating_pairs_hi ON dating_pairs (hi, lo);
CREATE INDEX dating_pairs_lo_matched ON dating_pairs (lo, matched_at) WHERE matched_at IS NOT NULL;
CREATE INDEX dating_pairs_hi_matched ON dating_pairs (hi, matched_at) WHERE matched_at IS NOT NULL;
CREATE INDEX dating_pairs_lo_liked ON dating_pairs (lo) WHERE hi_said IN ('like', 'super_like') AND lo_said IS NULL;
CREATE INDEX dating_pairs_hi_liked ON dating_pairs (hi) WHERE lo_said IN ('like', 'super_like') AND hi_said IS NULL;
CREATE INDEX dating_pairs_passed ON dating_pairs (changed) WHERE matched_at IS NULL AND NOT closed
    AND NOT lo_blocked AND NOT hi_blocked;

-- Cards that are dealt to a person, in their order. `token` is the card's name to the viewer.
CREATE TABLE dating_cards (
    viewer   bigint  NOT NULL,
    token    bigint  NOT NULL,
    other    bigint  NOT NULL,
    place    integer NOT NULL,
    made     bigint  NOT NULL,
    served   bigint,
    answered bigint,
    -- The person is a step outside of what the viewer wishes for; the card says so.
    widened  boolean NOT NULL DEFAULT false,
    -- An answer was taken back; that happens once.
    undone   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (viewer, token)
);

CREATE UNIQUE INDEX dating_cards_other ON dating_cards (viewer, other);
CREATE INDEX dating_cards_of ON dating_cards (other);
CREATE INDEX dating_cards_made ON dating_cards (made);
CREATE INDEX dating_cards_open ON dating_cards (viewer, place) WHERE answered IS NULL;

-- Who said that they are not 18, as a keyed hash, until the day on which they would be.
CREATE TABLE dating_minors (
    user_hash bytea  PRIMARY KEY,
    until     bigint NOT NULL
);

CREATE INDEX dating_minors_until ON dating_minors (until);

-- Whose profile an operator hid, as a keyed hash: one that is made anew is hidden, too.
CREATE TABLE dating_hidden (
    user_hash bytea  PRIMARY KEY,
    at        bigint NOT NULL
);

CREATE INDEX dating_hidden_at ON dating_hidden (at);

-- How much of a day's bounds somebody has used up, counted from 1970, when their profile goes: one that is made anew on
-- that day goes on from there. As a keyed hash, as it outlives an erasure.
CREATE TABLE dating_counts (
    user_hash bytea   NOT NULL,
    what      text    NOT NULL CHECK (what IN ('likes', 'moves', 'undos', 'filters', 'photos')),
    day       integer NOT NULL,
    n         integer NOT NULL,
    PRIMARY KEY (user_hash, what)
);

CREATE INDEX dating_counts_day ON dating_counts (day);

-- Who had passed by somebody who has erased themselves, under that hash: when they come back it goes on.
CREATE TABLE dating_passed (
    user_hash bytea  NOT NULL,
    other     bigint NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (user_hash, other)
);

CREATE INDEX dating_passed_other ON dating_passed (other);
CREATE INDEX dating_passed_at ON dating_passed (at);

-- What two of a match write to each other while no chat is open between them. `sealed` is under the sender's key. A
-- letter is one message of a chat with one of the bots: the same one again is no second letter. `number` is which of
-- their matches it belongs to: it is told while that lives. `told_by` is the letter whose job told it; null: it waits.
CREATE TABLE dating_letters (
    sender   bigint   NOT NULL,
    receiver bigint   NOT NULL,
    bot      smallint NOT NULL,
    message  integer  NOT NULL,
    -- Its name to the receiver, drawn by chance.
    name     bigint   NOT NULL UNIQUE,
    number   integer  NOT NULL,
    -- UTF-16 units of its words.
    units    smallint NOT NULL,
    sealed   bytea    NOT NULL,
    at       bigint   NOT NULL,
    told_by  bigint,
    PRIMARY KEY (sender, bot, message)
);

CREATE INDEX dating_letters_sent ON dating_letters (sender, at);
CREATE INDEX dating_letters_got ON dating_letters (receiver, sender, at);
CREATE INDEX dating_letters_waiting ON dating_letters (sender, receiver) WHERE told_by IS NULL;
CREATE INDEX dating_letters_at ON dating_letters (at);

-- Profiles that somebody reported. `sealed` is the profile as it was, under the key of whose it is.
CREATE TABLE dating_reports (
    reporter bigint NOT NULL,
    reported bigint NOT NULL,
    at       bigint NOT NULL,
    sealed   bytea  NOT NULL,
    handled  bigint,
    reason   text   NOT NULL DEFAULT 'other' CHECK (reason IN ('minor', 'abuse', 'sexual', 'spam', 'other')),
    -- The words for which the engine itself reported them, as in dating_profiles. Empty: it was not for words.
    echo     bytea,
    PRIMARY KEY (reported, reporter)
);

CREATE INDEX dating_reports_reporter ON dating_reports (reporter);
CREATE INDEX dating_reports_at ON dating_reports (at);
CREATE INDEX dating_reports_open ON dating_reports (reported) WHERE handled IS NULL;
CREATE INDEX dating_reports_echo ON dating_reports (echo) WHERE echo IS NOT NULL;
CREATE INDEX dating_profiles_hidden ON dating_profiles (user_id) WHERE standing = 'hidden';

-- What people want characters to remember of them, sealed under their own key.
CREATE TABLE companion_facts (
    fact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint  NOT NULL,
    -- The message that said it.
    message integer NOT NULL,
    at      bigint  NOT NULL,
    sealed  bytea   NOT NULL,
    UNIQUE (user_id, message)
);

-- Pictures that people asked characters for: one for each request.
CREATE TABLE companion_pictures (
    picture_id bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint   NOT NULL,
    dialog_id  bigint   NOT NULL,
    -- Position of the request: the same one asks for the same picture.
    asked      bigint   NOT NULL,
    at         bigint   NOT NULL,
    state      text     NOT NULL CHECK (state IN ('open', 'made', 'told', 'refused', 'failed', 'cancelled')),
    -- Something that only adult mode shows.
    adult      boolean  NOT NULL DEFAULT false,
    -- It is sent behind the spoiler: nobody looked, or there is something bare.
    veiled     boolean  NOT NULL DEFAULT true,
    -- How often it was asked for again after it was made.
    shows      smallint NOT NULL DEFAULT 0,
    -- The file, sealed under its owner's key, until it was told.
    sealed     bytea,
    -- Telegram's handle of it, sealed, after that.
    file       bytea,
    UNIQUE (user_id, asked)
);
CREATE INDEX companion_pictures_at ON companion_pictures (at);
CREATE INDEX companion_pictures_user ON companion_pictures (user_id, at);
CREATE INDEX companion_pictures_dialog ON companion_pictures (dialog_id);

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
    done      boolean NOT NULL DEFAULT false,
    -- What it looks like, sealed, and since when a photo that is sent is that.
    picture   bytea,
    wished    bigint
);
CREATE INDEX companion_own_user ON companion_own (user_id);
CREATE INDEX companion_own_at ON companion_own (at) WHERE NOT done;

-- Characters that people share with each other, as an operator has looked at them.
CREATE TABLE companion_shared (
    shared_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Who has made it: told to nobody but operators.
    user_id   bigint NOT NULL,
    -- Which of theirs.
    own_id    bigint NOT NULL UNIQUE,
    state     text   NOT NULL CHECK (state IN ('waits', 'shown', 'refused', 'held')),
    lang      text   NOT NULL,
    -- A copy of it, sealed under its maker's key: what was looked at is what is shown.
    sealed    bytea  NOT NULL,
    at        bigint NOT NULL,
    -- The same of its picture.
    picture   bytea
);
CREATE INDEX companion_shared_user ON companion_shared (user_id);
CREATE INDEX companion_shared_shown ON companion_shared (lang, shared_id) WHERE state = 'shown';
CREATE INDEX companion_shared_waits ON companion_shared (at) WHERE state IN ('waits', 'held');

-- What people say against them: each once.
CREATE TABLE companion_shared_reports (
    shared_id bigint  NOT NULL,
    user_id   bigint  NOT NULL,
    at        bigint  NOT NULL,
    -- An operator has looked since.
    handled   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (shared_id, user_id)
);
CREATE INDEX companion_shared_reports_user ON companion_shared_reports (user_id);
CREATE INDEX companion_shared_reports_at ON companion_shared_reports (at);

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

-- Figures of dating for operators, as they were when somebody last asked: one row, without anybody in it.
CREATE TABLE dating_figures (
    one     boolean PRIMARY KEY CHECK (one),
    at      bigint  NOT NULL,
    figures jsonb   NOT NULL
);

-- Work that a migration leaves for later: rows of large tables are filled a few at a time, beside the
-- nodes that run. `reached` is how far it is; it moves in the transaction of the rows.
CREATE TABLE backfills (
    name    text   PRIMARY KEY,
    reached text,
    filled  bigint NOT NULL DEFAULT 0,
    begun   bigint NOT NULL,
    ended   bigint
);

-- Reminders: a row for each that was due, also to people who are held out so that there is something to compare with.
-- `leaves` says how often it may have left, `last` when it did last, `applied` what its user had done by then.
CREATE TABLE reminders (
    reminder_id bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint   NOT NULL,
    kind        text     NOT NULL CHECK (kind IN ('waiting', 'match')),
    slot        bigint   NOT NULL,
    at          bigint   NOT NULL,
    last        bigint   NOT NULL,
    leaves      smallint NOT NULL,
    held        boolean  NOT NULL,
    fate        text     CHECK (fate IN ('sent', 'gone', 'failed')),
    applied     bigint   NOT NULL,
    back        boolean  NOT NULL DEFAULT false,
    chats       integer,
    UNIQUE (user_id, kind, slot)
);

CREATE INDEX reminders_at ON reminders (at);
CREATE INDEX reminders_uncounted ON reminders (at) WHERE chats IS NULL;

-- Who wants none.
CREATE TABLE reminders_off (
    user_id bigint PRIMARY KEY,
    since   bigint NOT NULL
);

-- How far back people were looked at: who was here before this moment comes next.
CREATE TABLE reminder_cursor (
    one     boolean PRIMARY KEY CHECK (one),
    reached bigint  NOT NULL
);
