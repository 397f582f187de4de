DROP TABLE inbox;
DROP TABLE polling_leases;
DROP TABLE partitions;
DROP SEQUENCE fencing_tokens;
DROP TABLE nodes;
