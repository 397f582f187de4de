DROP TABLE laundered_copies;
