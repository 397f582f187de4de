DROP TABLE allowed_photos, searched_reports, held_photos;
ALTER TABLE accounts DROP COLUMN nude_photos;
