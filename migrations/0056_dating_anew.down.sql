ALTER TABLE dating_profiles DROP COLUMN echo, DROP COLUMN photo_changes, DROP COLUMN photo_day;
DROP TABLE dating_passed;
DROP TABLE dating_counts;
