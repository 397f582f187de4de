-- Wants nude pictures, which stay covered; counts between two who both do.
ALTER TABLE accounts ADD COLUMN nude_photos boolean NOT NULL DEFAULT false;

-- Pictures that an operator has to look at. Of a report: the picture itself, sealed under the report's key. Of doubt:
-- Telegram's handle of it alone, sealed under its sender's.
CREATE TABLE held_photos (
    photo_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint REFERENCES reports (report_id) ON DELETE CASCADE,
    sender    bigint NOT NULL,
    -- A keyed hash of the file's id.
    name      bytea   NOT NULL,
    -- What was seen of it, as in photo_verdicts.
    reasons   integer NOT NULL,
    hash      bytea,
    sealed    bytea   NOT NULL,
    at        bigint  NOT NULL,
    ruling    text    CHECK (ruling IN ('approve', 'reject', 'ban'))
);
CREATE UNIQUE INDEX held_photos_report ON held_photos (report_id, name) WHERE report_id IS NOT NULL;
CREATE UNIQUE INDEX held_photos_doubt ON held_photos (name) WHERE report_id IS NULL;
CREATE INDEX held_photos_sender ON held_photos (sender);
CREATE INDEX held_photos_at ON held_photos (at);

-- Reports whose evidence was gone through for pictures.
CREATE TABLE searched_reports (
    report_id bigint PRIMARY KEY REFERENCES reports (report_id) ON DELETE CASCADE
);

-- Pictures of which an operator says that they are fine, whatever the models say.
CREATE TABLE allowed_photos (
    hash bytea  PRIMARY KEY,
    at   bigint NOT NULL
);
