ALTER TABLE companion_turns DROP COLUMN adult;
ALTER TABLE companion_dialogs DROP COLUMN adult;
