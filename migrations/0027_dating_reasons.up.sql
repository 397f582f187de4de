-- Why a profile was reported. Reports that were there before say nothing of it.
ALTER TABLE dating_reports ADD COLUMN reason text NOT NULL DEFAULT 'other'
    CHECK (reason IN ('minor', 'abuse', 'sexual', 'spam', 'other'));

-- What waits for an operator.
CREATE INDEX dating_reports_open ON dating_reports (reported) WHERE handled IS NULL;
CREATE INDEX dating_profiles_hidden ON dating_profiles (user_id) WHERE standing = 'hidden';

-- Whether a hidden profile's owner takes a break. Of those that are hidden already nobody knows: they come back as paused.
ALTER TABLE dating_profiles ADD COLUMN paused boolean NOT NULL DEFAULT false;
UPDATE dating_profiles SET paused = true WHERE standing = 'hidden';

-- Whose profile an operator hid, as a keyed hash: one that is made anew is hidden, too.
CREATE TABLE dating_hidden (
    user_hash bytea  PRIMARY KEY,
    at        bigint NOT NULL
);

CREATE INDEX dating_hidden_at ON dating_hidden (at);
