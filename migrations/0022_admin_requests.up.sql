-- Acts that wait for a second owner: each as it was asked for, sealed. `person` is who is behind the name; `whom` is a
-- keyed hash.
CREATE TABLE admin_requests (
    request_id bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         bigint  NOT NULL,
    until      bigint  NOT NULL,
    who        text    NOT NULL,
    person     text    NOT NULL,
    role       text    NOT NULL CHECK (role IN ('viewer', 'moderator', 'admin', 'owner')),
    whom       bytea,
    sealed     bytea   NOT NULL,
    closed     bigint,
    by         text,
    agreed     boolean
);

CREATE INDEX admin_requests_whom ON admin_requests (whom) WHERE whom IS NOT NULL;
CREATE INDEX admin_requests_until ON admin_requests (until);

-- By whom a token was made: of those who made it with another token, or in Telegram, it is theirs.
ALTER TABLE admin_tokens ADD made_by text;

-- Operators can erase a person; the line that says so has their session do it.
ALTER TABLE operator_lines DROP CONSTRAINT operator_lines_kind_check;
ALTER TABLE operator_lines ADD CONSTRAINT operator_lines_kind_check
    CHECK (kind IN ('warning', 'accepted', 'declined', 'erased'));
