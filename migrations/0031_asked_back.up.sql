-- The partner of a chat that ended, asked back: one question a chat. `asked` is null where nobody is to be asked, which
-- whoever asks does not learn.
CREATE TABLE again_asks (
    pair_id bigint PRIMARY KEY,
    asker   bigint NOT NULL,
    asked   bigint,
    at      bigint NOT NULL,
    until   bigint NOT NULL,
    shown   bigint,
    state   text   NOT NULL CHECK (state IN ('asked', 'shown', 'no', 'met', 'off', 'back'))
);

CREATE INDEX again_asks_asker ON again_asks (asker, at);
CREATE INDEX again_asks_asked ON again_asks (asked) WHERE asked IS NOT NULL;
CREATE INDEX again_asks_until ON again_asks (until);
