-- Whoever has exchanged the key cannot go back: hashes would be made with another one, and nobody banned would be known.
DO $$
BEGIN
    IF EXISTS (SELECT FROM key_check WHERE hashing IS NOT NULL) THEN
        RAISE EXCEPTION 'the key was exchanged: an older program would not know who is banned or erased';
    END IF;
END;
$$;

ALTER TABLE key_check DROP COLUMN hashing;
