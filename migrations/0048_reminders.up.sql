-- Reminders: a row for each that was due, also to people who are held out so that there is something to compare with.
-- `leaves` says how often it may have left, `last` when it did last, `applied` what its user had done by then.
CREATE TABLE reminders (
    reminder_id bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint   NOT NULL,
    kind        text     NOT NULL CHECK (kind IN ('waiting', 'match')),
    slot        bigint   NOT NULL,
    at          bigint   NOT NULL,
    last        bigint   NOT NULL,
    leaves      smallint NOT NULL,
    held        boolean  NOT NULL,
    fate        text     CHECK (fate IN ('sent', 'gone', 'failed')),
    applied     bigint   NOT NULL,
    back        boolean  NOT NULL DEFAULT false,
    chats       integer,
    UNIQUE (user_id, kind, slot)
);

CREATE INDEX reminders_at ON reminders (at);
CREATE INDEX reminders_uncounted ON reminders (at) WHERE chats IS NULL;

-- Who wants none.
CREATE TABLE reminders_off (
    user_id bigint PRIMARY KEY,
    since   bigint NOT NULL
);

-- How far back people were looked at: who was here before this moment comes next.
CREATE TABLE reminder_cursor (
    one     boolean PRIMARY KEY CHECK (one),
    reached bigint  NOT NULL
);

CREATE INDEX activity_last_day ON activity (last_day);
