-- Every reply to a turn, where there were several; `reply` is the one that counts.
ALTER TABLE companion_turns ADD COLUMN variants bytea[] NOT NULL DEFAULT '{}';

-- What people want characters to remember of them, sealed under their own key.
CREATE TABLE companion_facts (
    fact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint  NOT NULL,
    -- The message that said it.
    message integer NOT NULL,
    at      bigint  NOT NULL,
    sealed  bytea   NOT NULL,
    UNIQUE (user_id, message)
);
