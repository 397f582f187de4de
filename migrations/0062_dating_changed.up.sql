-- When anything last changed that others' wishes look at. A like from before that does not go over the wishes of whoever
-- gave it: otherwise the cards that stay after a change would be those of likers. 0: not since this column.
ALTER TABLE dating_profiles ADD COLUMN changed bigint NOT NULL DEFAULT 0;

-- Whichever program writes it. What is written again as it was is no change, and another photo is none.
CREATE FUNCTION note_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
    RETURN NEW;
END;
$$;

CREATE TRIGGER dating_profiles_note_change
    BEFORE UPDATE OF birth, gender, cell, interests, goal, photo ON dating_profiles
    FOR EACH ROW WHEN ((OLD.birth, OLD.gender, OLD.cell, OLD.interests, OLD.goal, OLD.photo IS NULL)
        IS DISTINCT FROM (NEW.birth, NEW.gender, NEW.cell, NEW.interests, NEW.goal, NEW.photo IS NULL))
    EXECUTE FUNCTION note_change();
