-- What is sold by the use in dating: units of the ledger, and which of them an order is for (none: messages to characters).
ALTER TABLE ledger DROP CONSTRAINT ledger_unit_check,
    ADD CONSTRAINT ledger_unit_check CHECK (unit IN ('XTR', 'RUB', 'premium', 'companion',
        'dating_likers', 'dating_undo', 'dating_likes', 'dating_super'));

CREATE INDEX ledger_dating ON ledger (person, entry)
    WHERE unit IN ('dating_likers', 'dating_undo', 'dating_likes', 'dating_super');

ALTER TABLE orders ADD COLUMN good text;

-- Verdicts taken back on a day, counted from 1970, and until when somebody sees who likes them.
ALTER TABLE dating_profiles
    ADD COLUMN undo_day     integer NOT NULL DEFAULT 0,
    ADD COLUMN undos        integer NOT NULL DEFAULT 0,
    ADD COLUMN likers_until bigint  NOT NULL DEFAULT 0;
