DROP TABLE dating_letters;
ALTER TABLE accounts DROP COLUMN letter;
