-- Who has had the days of premium that everybody may try once: a keyed hash, as it outlives an erasure.
CREATE TABLE trials (
    person bytea  PRIMARY KEY,
    seq    bigint NOT NULL,
    at     bigint NOT NULL
);

-- Operators look at what one person has paid, also when the id is gone.
CREATE INDEX charges_person ON charges (person, number);
