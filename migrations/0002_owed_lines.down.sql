DROP TABLE owed_lines;
