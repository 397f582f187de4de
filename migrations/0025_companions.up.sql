-- Dialogs with characters. Titles and words are sealed under the owner's key.
CREATE TABLE companion_dialogs (
    dialog_id bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id   bigint  NOT NULL,
    -- Position of the press that began it.
    begun     bigint  NOT NULL,
    persona   text    NOT NULL,
    lang      text    NOT NULL CHECK (lang IN ('ru', 'en')),
    title     bytea,
    created   bigint  NOT NULL,
    used      bigint  NOT NULL,
    -- When it was said last that the character is an AI.
    noticed   bigint  NOT NULL,
    turns     integer NOT NULL DEFAULT 0,
    UNIQUE (user_id, begun)
);
CREATE INDEX companion_dialogs_user ON companion_dialogs (user_id, used DESC);
CREATE INDEX companion_dialogs_used ON companion_dialogs (used);

-- What a person said, and what was answered: one reply a turn.
CREATE TABLE companion_turns (
    dialog_id bigint   NOT NULL,
    turn      integer  NOT NULL,
    user_id   bigint   NOT NULL,
    -- The person's messages in it.
    messages  integer[] NOT NULL,
    at        bigint   NOT NULL,
    asked     bytea    NOT NULL,
    state     text     NOT NULL CHECK (state IN ('open', 'replied', 'refused', 'helped', 'failed')),
    -- A model is being asked: words that come now make a turn of their own.
    begun     boolean  NOT NULL DEFAULT false,
    -- Jobs that it had; none while another turn of its dialog is open.
    tries     smallint NOT NULL DEFAULT 0,
    reply     bytea,
    PRIMARY KEY (dialog_id, turn)
);
CREATE INDEX companion_turns_user ON companion_turns (user_id) WHERE state = 'open';
CREATE INDEX companion_turns_owner ON companion_turns (user_id, dialog_id, turn);
CREATE INDEX companion_turns_at ON companion_turns (at);

-- When somebody asked for replies lately.
CREATE TABLE companion_people (
    user_id bigint   PRIMARY KEY,
    asks    bigint[] NOT NULL,
    at      bigint   NOT NULL
);
CREATE INDEX companion_people_at ON companion_people (at);

-- Calls of back ends: the most that each can cost, and what it did. `person` is a keyed hash.
CREATE TABLE companion_calls (
    dialog_id bigint   NOT NULL,
    turn      integer  NOT NULL,
    try       smallint NOT NULL,
    number    smallint NOT NULL,
    person    bytea    NOT NULL,
    day       integer  NOT NULL,
    back_end  text     NOT NULL,
    worst     bigint   NOT NULL CHECK (worst >= 0),
    -- None: it is under way, or nobody knows.
    spent     bigint   CHECK (spent >= 0),
    at        bigint   NOT NULL,
    PRIMARY KEY (dialog_id, turn, try, number)
);
CREATE INDEX companion_calls_at ON companion_calls (at);

-- Sums by day: of a person, of all, of a back end.
CREATE TABLE companion_sums (
    day      integer  NOT NULL,
    cap      text     NOT NULL,
    person   bytea    NOT NULL,
    reserved bigint   NOT NULL CHECK (reserved >= 0),
    spent    bigint   NOT NULL CHECK (spent >= 0),
    -- Marks of the cap that operators were told of.
    told     smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, cap, person)
);
