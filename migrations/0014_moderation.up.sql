-- What operators have to say to a person, sealed under their key: owed until it was said, and a record of it afterwards.
CREATE TABLE operator_lines (
    line_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL,
    kind    text   NOT NULL CHECK (kind IN ('warning', 'accepted', 'declined')),
    at      bigint NOT NULL,
    sealed  bytea  NOT NULL,
    told    bigint
);

CREATE INDEX operator_lines_user ON operator_lines (user_id, kind);
CREATE INDEX operator_lines_untold ON operator_lines (at) WHERE told IS NULL;
CREATE INDEX operator_lines_at ON operator_lines (at);

-- What operators note about a person for each other, sealed.
CREATE TABLE operator_notes (
    note_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_hash bytea  NOT NULL,
    at        bigint NOT NULL,
    by        text   NOT NULL,
    sealed    bytea  NOT NULL
);

CREATE INDEX operator_notes_user ON operator_notes (user_hash, at);
CREATE INDEX operator_notes_at ON operator_notes (at);

-- What looked as if a program wrote it. `seq` is the update with which it was seen; `acted` is when it was counted for
-- what was done about the person.
CREATE TABLE detections (
    user_hash bytea  NOT NULL,
    seq       bigint NOT NULL,
    user_id   bigint,
    pattern   text   NOT NULL CHECK (pattern IN ('rhythm', 'same_words', 'links')),
    at        bigint NOT NULL,
    acted     bigint,
    PRIMARY KEY (user_hash, seq)
);

CREATE INDEX detections_at ON detections (at);
CREATE INDEX detections_user ON detections (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX detections_new ON detections (at) WHERE acted IS NULL;

ALTER TABLE appeals
    ADD answered bigint,
    ADD accepted boolean;

CREATE INDEX appeals_open ON appeals (at) WHERE answered IS NULL;
