-- A dating profile. Nobody under 18 has one: the database's own clock says so, at the place on earth where a day begins
-- last. Name, bio and photo are sealed under the person's key; where they are is a cell of a tenth of a degree.
CREATE TABLE dating_profiles (
    user_id       bigint   PRIMARY KEY,
    standing      text     NOT NULL CHECK (standing IN ('draft', 'shown', 'paused', 'hidden')),
    birth         date     CHECK (birth <= ((now() - interval '12 hours') AT TIME ZONE 'UTC')::date - interval '18 years'),
    gender        smallint NOT NULL CHECK (gender BETWEEN 0 AND 2),
    genders       smallint NOT NULL CHECK (genders BETWEEN 0 AND 7),
    from_age      smallint NOT NULL CHECK (from_age >= 18),
    to_age        smallint NOT NULL CHECK (to_age >= from_age),
    reach         smallint NOT NULL CHECK (reach BETWEEN 0 AND 4),
    cell          integer  CHECK (cell BETWEEN 0 AND 6479999),
    interests     bigint   NOT NULL,
    goal          smallint CHECK (goal BETWEEN 0 AND 3),
    sealed        bytea,
    photo         bytea,
    photo_checked boolean  NOT NULL DEFAULT false,
    -- The question of the dialogue that is open, when it was asked, and the last update that was heard.
    asks          text,
    asked         bigint   NOT NULL,
    heard         bigint   NOT NULL DEFAULT 0,
    since         bigint   NOT NULL,
    active        bigint   NOT NULL,
    -- What is learnt: cards that others decided on, likes, own decisions, own likes; taste; the price of crowding.
    cards         integer  NOT NULL DEFAULT 0,
    likes         integer  NOT NULL DEFAULT 0,
    decided       integer  NOT NULL DEFAULT 0,
    liked         integer  NOT NULL DEFAULT 0,
    wants         real[]   NOT NULL DEFAULT '{}',
    offers        real[]   NOT NULL DEFAULT '{}',
    price         real     NOT NULL DEFAULT 0,
    passes        integer  NOT NULL DEFAULT 0,
    priced        bigint   NOT NULL DEFAULT 0,
    -- Likes spent and changes of place on a day, counted from 1970.
    day           integer  NOT NULL DEFAULT 0,
    spent         integer  NOT NULL DEFAULT 0,
    moves         integer  NOT NULL DEFAULT 0,
    CHECK (standing = 'draft'
        OR (birth IS NOT NULL AND cell IS NOT NULL AND goal IS NOT NULL AND sealed IS NOT NULL))
);

CREATE INDEX dating_profiles_near ON dating_profiles (cell, gender, active DESC) WHERE standing = 'shown';
CREATE INDEX dating_profiles_anywhere ON dating_profiles (gender, active DESC) WHERE standing = 'shown';
CREATE INDEX dating_profiles_priced ON dating_profiles (priced) WHERE standing = 'shown';

-- Whoever does not want to meet somebody, by the latter.
CREATE INDEX blocks_blocked ON blocks (blocked);

-- What two people said of each other: one row, so that of two likes at the same moment the second finds the first (I17).
-- A match has a name to each of the two, drawn by chance.
CREATE TABLE dating_pairs (
    lo         bigint  NOT NULL,
    hi         bigint  NOT NULL,
    lo_said    text    CHECK (lo_said IN ('like', 'super_like', 'pass', 'later')),
    lo_at      bigint,
    hi_said    text    CHECK (hi_said IN ('like', 'super_like', 'pass', 'later')),
    hi_at      bigint,
    lo_blocked boolean NOT NULL DEFAULT false,
    hi_blocked boolean NOT NULL DEFAULT false,
    closed     boolean NOT NULL DEFAULT false,
    matched_at bigint,
    matches    integer NOT NULL DEFAULT 0,
    lo_token   bigint,
    hi_token   bigint,
    changed    bigint  NOT NULL,
    PRIMARY KEY (lo, hi),
    CHECK (lo < hi),
    CHECK (matched_at IS NULL OR (lo_said LIKE '%like' AND hi_said LIKE '%like' AND NOT closed
        AND NOT lo_blocked AND NOT hi_blocked AND lo_token IS NOT NULL AND hi_token IS NOT NULL))
);

CREATE INDEX dating_pairs_hi ON dating_pairs (hi, lo);
CREATE INDEX dating_pairs_lo_matched ON dating_pairs (lo, matched_at) WHERE matched_at IS NOT NULL;
CREATE INDEX dating_pairs_hi_matched ON dating_pairs (hi, matched_at) WHERE matched_at IS NOT NULL;
CREATE INDEX dating_pairs_lo_liked ON dating_pairs (lo) WHERE hi_said IN ('like', 'super_like') AND lo_said IS NULL;
CREATE INDEX dating_pairs_hi_liked ON dating_pairs (hi) WHERE lo_said IN ('like', 'super_like') AND hi_said IS NULL;
CREATE INDEX dating_pairs_passed ON dating_pairs (changed) WHERE matched_at IS NULL AND NOT closed
    AND NOT lo_blocked AND NOT hi_blocked;

-- Cards that are dealt to a person, in their order. `token` is the card's name to the viewer.
CREATE TABLE dating_cards (
    viewer   bigint  NOT NULL,
    token    bigint  NOT NULL,
    other    bigint  NOT NULL,
    place    integer NOT NULL,
    made     bigint  NOT NULL,
    served   bigint,
    answered bigint,
    -- The person is a step outside of what the viewer wishes for; the card says so.
    widened  boolean NOT NULL DEFAULT false,
    -- An answer was taken back; that happens once.
    undone   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (viewer, token)
);

CREATE UNIQUE INDEX dating_cards_other ON dating_cards (viewer, other);
CREATE INDEX dating_cards_of ON dating_cards (other);
CREATE INDEX dating_cards_made ON dating_cards (made);

-- Who said that they are not 18, as a keyed hash, until the day on which they would be.
CREATE TABLE dating_minors (
    user_hash bytea  PRIMARY KEY,
    until     bigint NOT NULL
);

CREATE INDEX dating_minors_until ON dating_minors (until);

-- Profiles that somebody reported. `sealed` is the profile as it was, under the key of whose it is.
CREATE TABLE dating_reports (
    reporter bigint NOT NULL,
    reported bigint NOT NULL,
    at       bigint NOT NULL,
    sealed   bytea  NOT NULL,
    handled  bigint,
    PRIMARY KEY (reported, reporter)
);

CREATE INDEX dating_reports_reporter ON dating_reports (reporter);
CREATE INDEX dating_reports_at ON dating_reports (at);
