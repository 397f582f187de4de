DROP INDEX activity_last_seen;
DROP TABLE reminder_cursor;
DROP TABLE reminders_off;
DROP TABLE reminders;
