DROP TABLE activity_days;
DROP TABLE activity;
