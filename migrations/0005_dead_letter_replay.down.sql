DROP INDEX dead_letters_replay;
ALTER TABLE dead_letters DROP COLUMN replay_asked;
