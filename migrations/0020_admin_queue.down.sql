DROP INDEX reports_open_reporter;
DROP INDEX reports_queue;
ALTER TABLE reports DROP weight;
