-- Bots of one operator whose people are kept apart (BOT_POOLS). Those of one crowd meet each other; it goes by the lowest
-- place among its bots, and is written when a process starts.
ALTER TABLE bots ADD COLUMN crowd smallint NOT NULL DEFAULT 0;
-- The bot that the profile's owner is at, as in accounts: cards are looked for by it.
ALTER TABLE dating_profiles ADD COLUMN bot smallint NOT NULL DEFAULT 0;
UPDATE dating_profiles SET bot = a.bot FROM accounts a WHERE a.user_id = dating_profiles.user_id AND a.bot <> 0;
-- Whoever goes to another bot takes their profile along, whichever program writes that down.
CREATE FUNCTION follow_bot() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE dating_profiles SET bot = NEW.bot WHERE user_id = NEW.user_id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER accounts_follow_bot AFTER UPDATE OF bot ON accounts
    FOR EACH ROW WHEN (OLD.bot IS DISTINCT FROM NEW.bot) EXECUTE FUNCTION follow_bot();
-- Fingerprints of the history's keys that a node has: a key is exchanged once all nodes have both.
ALTER TABLE nodes ADD COLUMN keys text[];
-- As dating_profiles_around and dating_profiles_anywhere, of one bot's people: others are not even passed by.
CREATE INDEX dating_profiles_bot_around ON dating_profiles (bot, cell, gender, active DESC, birth) WHERE standing = 'shown';
CREATE INDEX dating_profiles_bot_anywhere ON dating_profiles (bot, gender, active DESC) WHERE standing = 'shown';
