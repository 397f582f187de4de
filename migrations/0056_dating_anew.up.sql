-- How much of a day's bounds somebody has used up, counted from 1970, when their profile goes: one that is made anew on
-- that day goes on from there. As a keyed hash, as it outlives an erasure.
CREATE TABLE dating_counts (
    user_hash bytea   NOT NULL,
    what      text    NOT NULL CHECK (what IN ('likes', 'moves', 'undos', 'filters', 'photos')),
    day       integer NOT NULL,
    n         integer NOT NULL,
    PRIMARY KEY (user_hash, what)
);

CREATE INDEX dating_counts_day ON dating_counts (day);

-- Who had passed by somebody who has erased themselves, under that hash: when they come back it goes on.
CREATE TABLE dating_passed (
    user_hash bytea  NOT NULL,
    other     bigint NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (user_hash, other)
);

CREATE INDEX dating_passed_other ON dating_passed (other);
CREATE INDEX dating_passed_at ON dating_passed (at);

-- Changes of photos on a day, counted from 1970; the letters of what they say of themselves, as a keyed hash.
ALTER TABLE dating_profiles
    ADD COLUMN photo_day     integer NOT NULL DEFAULT 0,
    ADD COLUMN photo_changes integer NOT NULL DEFAULT 0,
    ADD COLUMN echo          bytea;

CREATE INDEX dating_profiles_echo ON dating_profiles (echo) WHERE echo IS NOT NULL;
