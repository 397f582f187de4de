-- What users may have beyond what everyone has: one row per user and kind. A moment of `until` that has passed counts
-- as none; the row goes some time later. `source` is who or what granted it last.
CREATE TABLE entitlements (
    user_id bigint NOT NULL,
    kind    text   NOT NULL CHECK (kind IN ('premium')),
    until   bigint NOT NULL,
    source  text   NOT NULL,
    granted bigint NOT NULL,
    changed bigint NOT NULL,
    PRIMARY KEY (user_id, kind)
);

CREATE INDEX entitlements_until ON entitlements (until);
