ALTER TABLE companion_turns DROP COLUMN vector_of;
ALTER TABLE companion_turns DROP COLUMN vector;
