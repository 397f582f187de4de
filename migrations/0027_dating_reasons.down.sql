DROP INDEX dating_profiles_hidden;
DROP INDEX dating_reports_open;
ALTER TABLE dating_reports DROP COLUMN reason;
