-- The words for which the engine itself reported somebody, as the hash of their letters: those are what an operator has
-- looked at, whatever their owner says later. Empty: it was not for words.
ALTER TABLE dating_reports ADD COLUMN echo bytea;

CREATE INDEX dating_reports_echo ON dating_reports (echo) WHERE echo IS NOT NULL;
