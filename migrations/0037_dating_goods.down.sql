ALTER TABLE dating_profiles DROP COLUMN likers_until, DROP COLUMN undos, DROP COLUMN undo_day;
ALTER TABLE orders DROP COLUMN good;
DROP INDEX ledger_dating;

-- Entries stay what they are: with some of dating the older program cannot be put back.
ALTER TABLE ledger DROP CONSTRAINT ledger_unit_check,
    ADD CONSTRAINT ledger_unit_check CHECK (unit IN ('XTR', 'RUB', 'premium', 'companion'));
