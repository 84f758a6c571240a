-- The SHA-256 of an object's bytes, by which `chaitube doctor` finds damage. What comes in over many requests has none until
-- it is read as a whole.
ALTER TABLE media ADD COLUMN sha256 BYTEA;
