DROP INDEX dating_cards_open;
DROP INDEX dating_profiles_around;
