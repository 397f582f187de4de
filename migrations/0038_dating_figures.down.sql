DROP INDEX dating_profiles_since;
DROP INDEX dating_profiles_active;
DROP TABLE dating_figures;
