DROP TABLE dating_hidden;
ALTER TABLE dating_profiles DROP COLUMN paused;
DROP INDEX dating_profiles_hidden;
DROP INDEX dating_reports_open;
ALTER TABLE dating_reports DROP COLUMN reason;
