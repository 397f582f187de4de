DROP TABLE news_off;
DROP TABLE broadcast_due;
DROP TABLE broadcasts;
