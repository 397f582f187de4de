-- How much an open report weighs: the greatest is looked at first. Kept here, so that the queue's first page is read off
-- an index. The engine works it out anew when a report is made or decided about.
ALTER TABLE reports ADD weight bigint NOT NULL DEFAULT 0;

-- What is open already, as the engine weighs it.
UPDATE reports r SET weight = n.reason * n.trust / 100 + 100 * least(n.reporters, 50) * n.trust / 100
FROM (
    SELECT o.report_id, c.reporters,
        CASE o.reason WHEN 'minor' THEN 1000000 WHEN 'abuse' THEN 300 WHEN 'sexual' THEN 300 WHEN 'spam' THEN 200
            ELSE 100 END AS reason,
        greatest(5, least(100, 100 * (least(w.upheld, 1000) + 2)
            / (least(w.upheld, 1000) + 2 * least(w.dismissed, 1000) + 2))) AS trust
    FROM reports o
        JOIN (SELECT reported, count(DISTINCT reporter_hash) AS reporters FROM reports
              WHERE status = 'open' GROUP BY reported) c USING (reported)
        JOIN (SELECT reporter_hash, count(*) FILTER (WHERE verdict = 'upheld') AS upheld,
                  count(*) FILTER (WHERE verdict = 'dismissed') AS dismissed
              FROM reports GROUP BY reporter_hash) w USING (reporter_hash)
    WHERE o.status = 'open'
) n WHERE n.report_id = r.report_id;

CREATE INDEX reports_queue ON reports (weight DESC, at, report_id) WHERE status = 'open';
CREATE INDEX reports_open_reporter ON reports (reporter_hash) WHERE status = 'open';
