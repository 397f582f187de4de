ALTER TABLE companion_turns DROP COLUMN stems;
ALTER TABLE companion_dialogs DROP COLUMN forgot;
ALTER TABLE companion_dialogs DROP COLUMN summed;
ALTER TABLE companion_dialogs DROP COLUMN summary;
