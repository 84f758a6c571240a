-- Whose turn it is among the owners of jobs: the one who was served longest ago. The table has no reference to `users`,
-- so that a claim never waits for a change of one; rows are deleted when they are old.
CREATE TABLE queue_turns (
    owner_id  BYTEA  NOT NULL PRIMARY KEY,
    served_at BIGINT NOT NULL
);
CREATE INDEX queue_turns_by_time ON queue_turns (served_at);
DROP INDEX jobs_open;
ALTER TABLE jobs DROP COLUMN turn;
CREATE INDEX jobs_open ON jobs (priority, created_at, id) WHERE state IN ('queued', 'running');
