-- What users write to the operators, sealed under their own key. The update's position names the row, so one that is
-- handled again is kept once.
CREATE TABLE feedback (
    user_id bigint NOT NULL,
    seq     bigint NOT NULL,
    at      bigint NOT NULL,
    sealed  bytea  NOT NULL,
    PRIMARY KEY (user_id, seq)
);
-- For expiry, and for the operators, who read the newest first.
CREATE INDEX feedback_at ON feedback (at);
