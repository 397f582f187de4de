-- What somebody asks for beyond genders, ages and distance (goals as bits; here within so many days, 0: whenever), and how
-- often that was changed on a day, counted from 1970.
ALTER TABLE dating_profiles
    ADD COLUMN wish_shared    boolean  NOT NULL DEFAULT false,
    ADD COLUMN wish_goals     smallint NOT NULL DEFAULT 15,
    ADD COLUMN wish_photo     boolean  NOT NULL DEFAULT false,
    ADD COLUMN wish_active    smallint NOT NULL DEFAULT 0,
    ADD COLUMN filter_day     integer  NOT NULL DEFAULT 0,
    ADD COLUMN filter_changes integer  NOT NULL DEFAULT 0;
