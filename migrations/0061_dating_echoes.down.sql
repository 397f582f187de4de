DROP INDEX dating_reports_echo;
ALTER TABLE dating_reports DROP COLUMN echo;
