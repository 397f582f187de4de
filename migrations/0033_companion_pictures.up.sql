-- Pictures that people asked characters for: one for each request.
CREATE TABLE companion_pictures (
    picture_id bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint   NOT NULL,
    dialog_id  bigint   NOT NULL,
    -- Position of the request: the same one asks for the same picture.
    asked      bigint   NOT NULL,
    at         bigint   NOT NULL,
    state      text     NOT NULL CHECK (state IN ('open', 'made', 'told', 'refused', 'failed', 'cancelled')),
    -- Something that only adult mode shows.
    adult      boolean  NOT NULL DEFAULT false,
    -- It is sent behind the spoiler: nobody looked, or there is something bare.
    veiled     boolean  NOT NULL DEFAULT true,
    -- How often it was asked for again after it was made.
    shows      smallint NOT NULL DEFAULT 0,
    -- The file, sealed under its owner's key, until it was told.
    sealed     bytea,
    -- Telegram's handle of it, sealed, after that.
    file       bytea,
    UNIQUE (user_id, asked)
);
CREATE INDEX companion_pictures_at ON companion_pictures (at);
CREATE INDEX companion_pictures_user ON companion_pictures (user_id, at);
CREATE INDEX companion_pictures_dialog ON companion_pictures (dialog_id);
