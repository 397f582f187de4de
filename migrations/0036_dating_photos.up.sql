-- Photos of profiles, six at most, in their order. `photo` is the photo's name to its owner, drawn by chance; its handles
-- are sealed under its owner's key. What stands first is in `dating_profiles` as well.
CREATE TABLE dating_photos (
    user_id bigint   NOT NULL REFERENCES dating_profiles ON DELETE CASCADE,
    photo   bigint   NOT NULL,
    place   smallint NOT NULL,
    sealed  bytea    NOT NULL,
    preview bytea    NOT NULL,
    seen    text     NOT NULL CHECK (seen IN ('waiting', 'face', 'fine')),
    added   bigint   NOT NULL,
    -- Of one that nobody could look at: when it is looked at again, and how often that was tried.
    look_at bigint   NOT NULL,
    looks   integer  NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, photo)
);

CREATE INDEX dating_photos_waiting ON dating_photos (look_at) WHERE seen = 'waiting';

INSERT INTO dating_photos (user_id, photo, place, sealed, preview, seen, added, look_at)
SELECT user_id, ('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint, 0, photo,
    coalesce(preview, photo), CASE WHEN photo_checked THEN 'face' ELSE 'waiting' END, active, 0
FROM dating_profiles WHERE photo IS NOT NULL;
