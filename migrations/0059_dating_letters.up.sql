-- The match to whom somebody's words go as letters, by its name to them.
ALTER TABLE accounts ADD COLUMN letter bigint;

-- What two of a match write to each other while no chat is open between them. `sealed` is under the sender's key. A
-- letter is one message of a chat with one of the bots: the same one again is no second letter. `number` is which of
-- their matches it belongs to: it is told while that lives. `told_by` is the letter whose job told it; null: it waits.
CREATE TABLE dating_letters (
    sender   bigint   NOT NULL,
    receiver bigint   NOT NULL,
    bot      smallint NOT NULL,
    message  integer  NOT NULL,
    -- Its name to the receiver, drawn by chance.
    name     bigint   NOT NULL UNIQUE,
    number   integer  NOT NULL,
    -- UTF-16 units of its words.
    units    smallint NOT NULL,
    sealed   bytea    NOT NULL,
    at       bigint   NOT NULL,
    told_by  bigint,
    PRIMARY KEY (sender, bot, message)
);

CREATE INDEX dating_letters_sent ON dating_letters (sender, at);
CREATE INDEX dating_letters_got ON dating_letters (receiver, sender, at);
CREATE INDEX dating_letters_waiting ON dating_letters (sender, receiver) WHERE told_by IS NULL;
CREATE INDEX dating_letters_at ON dating_letters (at);
