-- Since when its owner wants adult mode in a dialog; nothing: it is off, as in every new one.
ALTER TABLE companion_dialogs ADD COLUMN adult bigint;
-- Words that pass in adult mode only: where it is off they are neither shown nor told to a model.
ALTER TABLE companion_turns ADD COLUMN adult boolean NOT NULL DEFAULT false;
