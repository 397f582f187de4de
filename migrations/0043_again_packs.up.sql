-- What is sold by the use: last partners asked back are a unit of the ledger of their own.
ALTER TABLE ledger DROP CONSTRAINT ledger_unit_check,
    ADD CONSTRAINT ledger_unit_check CHECK (unit IN ('XTR', 'RUB', 'premium', 'companion',
        'dating_likers', 'dating_undo', 'dating_likes', 'dating_super', 'again'));

CREATE INDEX ledger_again ON ledger (person, entry) WHERE unit = 'again';

-- The name of the use in the ledger, where one of a pack was used for a question.
ALTER TABLE again_asks ADD COLUMN used text;
