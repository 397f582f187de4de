-- What each person did, in sums. Days are those since 1970; bit N of `seen` says that they were here N days after the
-- first.
CREATE TABLE activity (
    user_id   bigint  PRIMARY KEY,
    first_day integer NOT NULL,
    last_day  integer NOT NULL,
    last_seen bigint  NOT NULL,
    sessions  bigint  NOT NULL,
    messages  bigint  NOT NULL,
    photos    bigint  NOT NULL,
    days      integer NOT NULL,
    seen      bigint  NOT NULL
);

CREATE INDEX activity_first_day ON activity (first_day);

-- The same of everybody together.
CREATE TABLE activity_days (
    day      integer PRIMARY KEY,
    active   bigint  NOT NULL,
    fresh    bigint  NOT NULL,
    messages bigint  NOT NULL,
    photos   bigint  NOT NULL,
    dialogs  bigint  NOT NULL
);
