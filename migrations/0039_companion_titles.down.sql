ALTER TABLE companion_dialogs DROP COLUMN named;
ALTER TABLE companion_dialogs DROP COLUMN naming;
ALTER TABLE companion_turns DROP COLUMN chosen;
