-- Which handle of Telegram's stands for a file that was uploaded under a neutral name. Neither column can be read without
-- the original's file_unique_id, which is not kept here: `name` is a keyed hash of it, `sealed` is under a key that is
-- made from it.
CREATE TABLE laundered_copies (
    name   bytea  PRIMARY KEY,
    sealed bytea  NOT NULL,
    made   bigint NOT NULL
);

CREATE INDEX laundered_copies_made ON laundered_copies (made);
