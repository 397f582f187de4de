-- As dating_profiles_near, with the date of birth: whoever is too old or too young is passed by in the index, and no row
-- of theirs is read. A later version drops the other, by which a program before this one goes.
CREATE INDEX dating_profiles_around ON dating_profiles (cell, gender, active DESC, birth) WHERE standing = 'shown';

-- What waits for an answer, of all that lay before somebody in a month.
CREATE INDEX dating_cards_open ON dating_cards (viewer, place) WHERE answered IS NULL;
