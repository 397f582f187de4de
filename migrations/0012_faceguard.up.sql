-- What was seen of a picture, so that it is not looked at twice. The name is a keyed hash of Telegram's id of the file,
-- which is not kept: nobody can tell whose it was.
CREATE TABLE photo_verdicts (
    name    bytea    PRIMARY KEY,
    -- Of models and thresholds: another one looks again.
    version smallint NOT NULL,
    -- Reasons against it, a bit each; none: it may stand in the open.
    reasons integer  NOT NULL,
    -- What it looks like (PDQ, 256 bits); none if there is too little in it to tell.
    hash    bytea,
    at      bigint   NOT NULL
);
CREATE INDEX photo_verdicts_at ON photo_verdicts (at);

-- Pictures that the operators banned, by what they look like.
CREATE TABLE banned_photos (
    hash bytea  PRIMARY KEY,
    note text   NOT NULL,
    at   bigint NOT NULL
);

-- Which pictures a user sent in which chats of the last day: the same one in many is spam.
CREATE TABLE sent_photos (
    user_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    hash    bytea  NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (user_id, pair_id, hash)
);
CREATE INDEX sent_photos_at ON sent_photos (at);
