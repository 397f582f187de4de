DROP TABLE companion_pictures;
