DROP INDEX blocks_blocked;
DROP TABLE dating_reports;
DROP TABLE dating_minors;
DROP TABLE dating_cards;
DROP TABLE dating_pairs;
DROP TABLE dating_profiles;
