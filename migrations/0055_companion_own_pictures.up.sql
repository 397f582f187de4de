-- What a character of somebody's own looks like, sealed under its owner's key, and since when a photo that is sent is that.
ALTER TABLE companion_own ADD COLUMN picture bytea;
ALTER TABLE companion_own ADD COLUMN wished bigint;
-- The copy of it that an operator has looked at.
ALTER TABLE companion_shared ADD COLUMN picture bytea;
