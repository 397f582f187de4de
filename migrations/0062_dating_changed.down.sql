DROP TRIGGER dating_profiles_note_change ON dating_profiles;
DROP FUNCTION note_change();
ALTER TABLE dating_profiles DROP COLUMN changed;
