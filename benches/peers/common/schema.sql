-- Tables of every peer, made in a schema of its own (search_path).
CREATE TABLE IF NOT EXISTS users (
    id bigint PRIMARY KEY,
    adult text,
    language text,
    gender text,
    age text,
    wish text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS pairs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_id bigint NOT NULL REFERENCES users (id),
    second_id bigint NOT NULL REFERENCES users (id),
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
-- Live chats only. The primary key decides that nobody is in two at once.
CREATE TABLE IF NOT EXISTS members (
    user_id bigint PRIMARY KEY,
    partner_id bigint NOT NULL,
    pair_id bigint NOT NULL REFERENCES pairs (id)
);
CREATE INDEX IF NOT EXISTS members_pair ON members (pair_id);
