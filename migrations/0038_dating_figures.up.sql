-- Figures of dating for operators, as they were when somebody last asked: one row, without anybody in it.
CREATE TABLE dating_figures (
    one     boolean PRIMARY KEY CHECK (one),
    at      bigint  NOT NULL,
    figures jsonb   NOT NULL
);
