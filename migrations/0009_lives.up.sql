-- People whom a user does not want to meet again: a row each, so that none has to make room for another.
CREATE TABLE blocks (
    user_id bigint NOT NULL,
    blocked bigint NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (user_id, blocked)
);

-- They stood in the account's list of recent partners so far, as entries without an end.
INSERT INTO blocks (user_id, blocked, at)
    SELECT DISTINCT a.user_id, u.who, (extract(epoch FROM now()) * 1000)::bigint
    FROM accounts a CROSS JOIN unnest(a.avoid_users, a.avoid_until) AS u (who, till)
    WHERE u.till = 9223372036854775807;

UPDATE accounts AS a SET (avoid_users, avoid_until) = (
    SELECT coalesce(array_agg(u.who ORDER BY u.n), '{}'), coalesce(array_agg(u.till ORDER BY u.n), '{}')
    FROM unnest(a.avoid_users, a.avoid_until) WITH ORDINALITY AS u (who, till, n)
    WHERE u.till < 9223372036854775807)
WHERE 9223372036854775807 = ANY (a.avoid_until);

-- When a copy of the data was asked for last.
ALTER TABLE accounts ADD COLUMN exported bigint;

-- Who said that they are not 18 and erased themselves, as a keyed hash, until the day is over in which they are not
-- asked again.
CREATE TABLE turned_away (
    user_hash bytea  PRIMARY KEY,
    since     bigint NOT NULL
);

CREATE INDEX turned_away_since ON turned_away (since);

-- For their expiry.
CREATE INDEX ratings_at ON ratings (at);
CREATE INDEX reports_at ON reports (at);
