-- What operators tell everybody.
CREATE TABLE broadcasts (
    broadcast_id bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    by           text    NOT NULL,
    draft        jsonb   NOT NULL,
    state        text    NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'done', 'cancelled')),
    why          text,
    created      bigint  NOT NULL,
    started      bigint,
    ended        bigint,
    people       bigint  NOT NULL,
    sent         bigint  NOT NULL DEFAULT 0,
    gone         bigint  NOT NULL DEFAULT 0,
    failed       bigint  NOT NULL DEFAULT 0,
    left_out     bigint  NOT NULL DEFAULT 0,
    -- The last id that was looked at.
    reached      bigint  NOT NULL DEFAULT 0,
    -- Who carries it: what comes under an earlier number is given nobody new.
    holder       bigint  NOT NULL DEFAULT 0,
    runs         integer NOT NULL DEFAULT 0
);

CREATE INDEX broadcasts_running ON broadcasts (started, broadcast_id) WHERE state = 'running';
CREATE INDEX broadcasts_created ON broadcasts (created);

-- Who is to get one next: until it has landed. Who waits is in a chat.
CREATE TABLE broadcast_due (
    broadcast_id bigint  NOT NULL REFERENCES broadcasts ON DELETE CASCADE,
    user_id      bigint  NOT NULL,
    since        bigint  NOT NULL,
    waits        boolean NOT NULL,
    PRIMARY KEY (broadcast_id, user_id)
);

CREATE INDEX broadcast_due_user ON broadcast_due (user_id);

-- Who wants none.
CREATE TABLE news_off (
    user_id bigint PRIMARY KEY,
    since   bigint NOT NULL
);
