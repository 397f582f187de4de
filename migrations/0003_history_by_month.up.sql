-- History by months: what is past its time goes with its table instead of row by row.
--
-- The month is that of the chat's beginning, not of the message: it follows from the pair, so a message that is
-- written again after a crash, with another `at`, meets itself (a key across partitions must hold what they are cut
-- by). It keeps a chat's messages in one partition, too.
ALTER TABLE history RENAME TO history_before;
ALTER INDEX history_pkey RENAME TO history_before_pkey;
ALTER INDEX history_at RENAME TO history_before_at;
ALTER TABLE history_before RENAME CONSTRAINT history_side_check TO history_before_side_check;

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

ALTER TABLE history ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE INDEX history_at ON history (at);

CREATE TABLE history_default PARTITION OF history DEFAULT;

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

-- What there is moves over: into a partition for each month of it, strays into the default one.
DO $$
DECLARE
    month timestamp;
BEGIN
    FOR month IN
        SELECT DISTINCT date_trunc('month', timestamp 'epoch' + p.opened * interval '1 millisecond')
        FROM history_before h JOIN pairs p USING (pair_id)
        WHERE p.opened BETWEEN 0 AND 253402300799999
    LOOP
        PERFORM make_history_month(month);
    END LOOP;
END;
$$;

-- What had been written twice under different times is there once from here on: the first of a message's copies, the
-- last of its edits that had one number.
INSERT INTO history (pair_id, side, message, edit, opened, at, sealed)
    SELECT h.pair_id, h.side, h.message, h.edit, coalesce(p.opened, h.at), h.at, h.sealed
    FROM history_before h LEFT JOIN pairs p USING (pair_id)
    ORDER BY CASE WHEN h.edit = 0 THEN h.at ELSE -h.at END
    ON CONFLICT DO NOTHING;

DROP TABLE history_before;
