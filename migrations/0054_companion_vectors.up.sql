-- What a turn is found again by where somebody makes vectors of words: one of what was meant, sealed under its owner's key,
-- and which model made it. With a model and no vector it is not to be found so.
ALTER TABLE companion_turns ADD COLUMN vector bytea;
ALTER TABLE companion_turns ADD COLUMN vector_of text;
