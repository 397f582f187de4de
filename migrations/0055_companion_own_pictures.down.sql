ALTER TABLE companion_shared DROP COLUMN picture;
ALTER TABLE companion_own DROP COLUMN wished;
ALTER TABLE companion_own DROP COLUMN picture;
