-- What whoever comes to the menu reads: one at a time.
CREATE TABLE announcements (
    announcement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              bigint NOT NULL,
    by              text   NOT NULL,
    ended           bigint,
    ended_by        text,
    ru              text,
    en              text,
    CHECK (ru IS NOT NULL OR en IS NOT NULL)
);

CREATE UNIQUE INDEX announcements_up ON announcements ((ended IS NULL)) WHERE ended IS NULL;
CREATE INDEX announcements_ended ON announcements (ended) WHERE ended IS NOT NULL;

-- What failed for good, for whoever looks.
CREATE INDEX jobs_failed ON jobs (ended) WHERE state = 'failed';
