-- What stands first is in the profiles.
DROP TABLE dating_photos;
