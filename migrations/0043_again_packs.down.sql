ALTER TABLE again_asks DROP COLUMN used;
DROP INDEX ledger_again;

-- Entries stay what they are: with some of this unit the older program cannot be put back.
ALTER TABLE ledger DROP CONSTRAINT ledger_unit_check,
    ADD CONSTRAINT ledger_unit_check CHECK (unit IN ('XTR', 'RUB', 'premium', 'companion',
        'dating_likers', 'dating_undo', 'dating_likes', 'dating_super'));
