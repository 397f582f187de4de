DROP INDEX inbox_done;
DROP TABLE inbox_seen;
