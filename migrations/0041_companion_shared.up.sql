-- Characters that people share with each other, as an operator has looked at them.
CREATE TABLE companion_shared (
    shared_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Who has made it: told to nobody but operators.
    user_id   bigint NOT NULL,
    -- Which of theirs.
    own_id    bigint NOT NULL UNIQUE,
    state     text   NOT NULL CHECK (state IN ('waits', 'shown', 'refused', 'held')),
    lang      text   NOT NULL,
    -- A copy of it, sealed under its maker's key: what was looked at is what is shown.
    sealed    bytea  NOT NULL,
    at        bigint NOT NULL
);
CREATE INDEX companion_shared_user ON companion_shared (user_id);
CREATE INDEX companion_shared_shown ON companion_shared (lang, shared_id) WHERE state = 'shown';
CREATE INDEX companion_shared_waits ON companion_shared (at) WHERE state IN ('waits', 'held');

-- What people say against them: each once.
CREATE TABLE companion_shared_reports (
    shared_id bigint  NOT NULL,
    user_id   bigint  NOT NULL,
    at        bigint  NOT NULL,
    -- An operator has looked since.
    handled   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (shared_id, user_id)
);
CREATE INDEX companion_shared_reports_user ON companion_shared_reports (user_id);
CREATE INDEX companion_shared_reports_at ON companion_shared_reports (at);
