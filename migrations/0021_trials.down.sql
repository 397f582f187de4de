DROP INDEX charges_person;
DROP TABLE trials;
