DROP INDEX charges_returns;
ALTER TABLE charges DROP COLUMN returns;
