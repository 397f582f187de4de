DROP INDEX jobs_failed;
DROP TABLE announcements;
