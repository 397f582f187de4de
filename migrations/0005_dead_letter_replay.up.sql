-- When an operator asked that a dead letter be handled again; null for those nobody asked for. The running bot takes
-- the marked ones.
ALTER TABLE dead_letters ADD COLUMN replay_asked bigint;

CREATE INDEX dead_letters_replay ON dead_letters (seq) WHERE replay_asked IS NOT NULL;
