ALTER TABLE nodes DROP COLUMN keys;
DROP TRIGGER accounts_follow_bot ON accounts;
DROP FUNCTION follow_bot();
DROP INDEX dating_profiles_bot_anywhere;
DROP INDEX dating_profiles_bot_around;
ALTER TABLE dating_profiles DROP COLUMN bot;
ALTER TABLE bots DROP COLUMN crowd;
