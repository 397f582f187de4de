-- From now on a profile begins at the bot that its owner is at, whichever program makes it. Whoever goes to another bot
-- beside this waits for it, and takes the new row along.
CREATE FUNCTION begin_at_bot() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.bot := coalesce((SELECT a.bot FROM accounts a WHERE a.user_id = NEW.user_id FOR SHARE), NEW.bot);
    RETURN NEW;
END;
$$;
-- Waits for whoever is making a profile at this moment: what follows sees theirs.
CREATE TRIGGER dating_profiles_begin_at_bot BEFORE INSERT ON dating_profiles
    FOR EACH ROW EXECUTE FUNCTION begin_at_bot();
-- Profiles that a program of before 0057 has made beside it: it does not write at which bot their owner is.
UPDATE dating_profiles SET bot = a.bot FROM accounts a
WHERE a.user_id = dating_profiles.user_id AND a.bot <> 0 AND dating_profiles.bot = 0;
