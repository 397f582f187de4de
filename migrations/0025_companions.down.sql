DROP TABLE companion_sums;
DROP TABLE companion_calls;
DROP TABLE companion_people;
DROP TABLE companion_turns;
DROP TABLE companion_dialogs;
-- Who was in a dialog is there no more.
UPDATE accounts SET phase = '{"at": "idle"}' WHERE phase ->> 'at' = 'companion';
