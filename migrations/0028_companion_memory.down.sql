DROP TABLE companion_facts;
ALTER TABLE companion_turns DROP COLUMN variants;
