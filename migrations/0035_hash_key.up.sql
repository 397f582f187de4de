-- What hashes are made with, sealed, once the key that it was made from is exchanged.
ALTER TABLE key_check ADD COLUMN hashing bytea;
