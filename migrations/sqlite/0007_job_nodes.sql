-- Who runs a job: the node (a data folder) and the process there. Both were one text. A job that runs while this is
-- applied belongs to no node, so it is claimed again once its lease has run out.
ALTER TABLE jobs ADD COLUMN node BLOB;
ALTER TABLE jobs ADD COLUMN pid BIGINT;
ALTER TABLE jobs DROP COLUMN worker;
