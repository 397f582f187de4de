-- Lines that the bot says by itself ("Someone is here"), owed until they have left: the next life says what is
-- still owed. `life` is the process that is about to say it.
CREATE TABLE owed_lines (
    user_id bigint NOT NULL,
    line    text   NOT NULL,
    life    bigint NOT NULL,
    PRIMARY KEY (user_id, line)
);
