-- Links that open the pages, as SHA-256. Each is good once.
CREATE TABLE admin_links (
    hash    bytea  PRIMARY KEY,
    who     text   NOT NULL,
    role    text   NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    expires bigint NOT NULL,
    used    bigint
);

CREATE INDEX admin_links_expires ON admin_links (expires);

-- Sessions of the pages, as SHA-256 of what the browser shows.
CREATE TABLE admin_sessions (
    hash    bytea  PRIMARY KEY,
    who     text   NOT NULL,
    role    text   NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    seen    bigint NOT NULL,
    expires bigint NOT NULL,
    ended   bigint
);

CREATE INDEX admin_sessions_expires ON admin_sessions (expires);
