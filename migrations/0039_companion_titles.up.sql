-- Which of several answers to a turn counts, from 1; 0: the last.
ALTER TABLE companion_turns ADD COLUMN chosen smallint NOT NULL DEFAULT 0;
-- Since when what is said next is the dialog's title.
ALTER TABLE companion_dialogs ADD COLUMN naming bigint;
-- The message by which its owner gave it its title; nothing: its title is made of its first words.
ALTER TABLE companion_dialogs ADD COLUMN named integer;
