-- The captions that were in the upload: a JSON list of stored files with language, title and whether it is the default.
ALTER TABLE videos ADD COLUMN captions TEXT;
