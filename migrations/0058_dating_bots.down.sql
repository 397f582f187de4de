DROP TRIGGER dating_profiles_begin_at_bot ON dating_profiles;
DROP FUNCTION begin_at_bot();
