-- What a dialog's older turns are summed up in, sealed, and up to which turn that goes.
ALTER TABLE companion_dialogs ADD COLUMN summary bytea;
ALTER TABLE companion_dialogs ADD COLUMN summed integer NOT NULL DEFAULT 0;
-- Up to which turn its owner wanted all of that forgotten: those are not summed up again.
ALTER TABLE companion_dialogs ADD COLUMN forgot integer NOT NULL DEFAULT 0;
-- By what a turn is found again: stems of its words, under its owner's key.
ALTER TABLE companion_turns ADD COLUMN stems bytea[] NOT NULL DEFAULT '{}';
