-- Figures of dating for operators, as they were when somebody last asked: one row, without anybody in it.
CREATE TABLE dating_figures (
    one     boolean PRIMARY KEY CHECK (one),
    at      bigint  NOT NULL,
    figures jsonb   NOT NULL
);

-- Who was here last and who came last, wherever they are.
CREATE INDEX dating_profiles_active ON dating_profiles (active DESC) WHERE standing = 'shown';
CREATE INDEX dating_profiles_since ON dating_profiles (since DESC);
