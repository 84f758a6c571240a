-- Who runs a job: the data folder's node, and the process there. Both were one text, `node pid`.
ALTER TABLE jobs ADD COLUMN node BLOB;
ALTER TABLE jobs ADD COLUMN pid BIGINT;
ALTER TABLE jobs DROP COLUMN worker;
