DROP TABLE companion_shared_reports;
DROP TABLE companion_shared;
