DROP INDEX activity_last_day;
DROP TABLE reminder_cursor;
DROP TABLE reminders_off;
DROP TABLE reminders;
