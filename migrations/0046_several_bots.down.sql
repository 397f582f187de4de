CREATE OR REPLACE FUNCTION open_pairs(first bigint[], second bigint[], proposed bigint[])
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
            INSERT INTO pairs (pair_id, a, b, opened) OVERRIDING SYSTEM VALUE
                VALUES (fresh, first[i], second[i], proposed[i]);
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
ALTER TABLE pairs DROP COLUMN bot_b;
ALTER TABLE pairs DROP COLUMN bot_a;
ALTER TABLE accounts DROP COLUMN bot;
DROP TABLE bots;
