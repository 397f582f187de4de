ALTER TABLE dating_profiles DROP COLUMN filter_changes, DROP COLUMN filter_day, DROP COLUMN wish_active,
    DROP COLUMN wish_photo, DROP COLUMN wish_goals, DROP COLUMN wish_shared;
