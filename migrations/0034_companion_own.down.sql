DROP TABLE companion_own;
