ALTER TABLE history RENAME TO history_months;
ALTER INDEX history_pkey RENAME TO history_months_pkey;
ALTER INDEX history_at RENAME TO history_months_at;
ALTER TABLE history_months RENAME CONSTRAINT history_side_check TO history_months_side_check;

CREATE TABLE history (
    pair_id bigint   NOT NULL,
    side    smallint NOT NULL CHECK (side IN (0, 1)),
    message integer  NOT NULL,
    edit    integer  NOT NULL,
    at      bigint   NOT NULL,
    sealed  bytea    NOT NULL,
    PRIMARY KEY (pair_id, side, message, edit, at)
);

ALTER TABLE history ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE INDEX history_at ON history (at);

INSERT INTO history (pair_id, side, message, edit, at, sealed)
    SELECT pair_id, side, message, edit, at, sealed FROM history_months;

DROP TABLE history_months;
DROP FUNCTION keep_history_months(bigint, bigint);
DROP FUNCTION make_history_month(timestamp);
