DROP INDEX reports_at;
DROP INDEX ratings_at;
DROP TABLE turned_away;
ALTER TABLE accounts DROP COLUMN exported;

UPDATE accounts AS a SET avoid_users = b.users || a.avoid_users, avoid_until = b.tills || a.avoid_until
FROM (
    SELECT user_id, array_agg(blocked ORDER BY at, blocked) AS users,
           array_agg(9223372036854775807 ORDER BY at, blocked) AS tills
    FROM blocks GROUP BY user_id
) AS b
WHERE a.user_id = b.user_id;

DROP TABLE blocks;
