ALTER TABLE dating_pairs DROP COLUMN chat, DROP COLUMN talked, DROP COLUMN hi_shares, DROP COLUMN lo_shares;
ALTER TABLE dating_profiles
    DROP COLUMN told_likes, DROP COLUMN told_cards, DROP COLUMN told_day,
    DROP COLUMN show_online, DROP COLUMN digest, DROP COLUMN utc_offset, DROP COLUMN quiet_to, DROP COLUMN quiet_from,
    DROP COLUMN notify, DROP COLUMN preview;
DROP TABLE dating_done;
DROP TABLE dating_sessions;
