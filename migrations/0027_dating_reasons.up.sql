-- Why a profile was reported. Reports that were there before say nothing of it.
ALTER TABLE dating_reports ADD COLUMN reason text NOT NULL DEFAULT 'other'
    CHECK (reason IN ('minor', 'abuse', 'sexual', 'spam', 'other'));

-- What waits for an operator.
CREATE INDEX dating_reports_open ON dating_reports (reported) WHERE handled IS NULL;
CREATE INDEX dating_profiles_hidden ON dating_profiles (user_id) WHERE standing = 'hidden';
