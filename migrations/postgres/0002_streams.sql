-- What is made of an upload. JSON columns are written and read by the server alone; `stream` comes last because a
-- long film's takes many pages.
ALTER TABLE videos ADD COLUMN failure TEXT;
ALTER TABLE videos ADD COLUMN placeholder TEXT;
ALTER TABLE videos ADD COLUMN loudness DOUBLE PRECISION;
ALTER TABLE videos ADD COLUMN candidates TEXT;
ALTER TABLE videos ADD COLUMN storyboard TEXT;
ALTER TABLE videos ADD COLUMN stream TEXT;

-- Work to be done on videos. `state` is queued, running, done, failed or cancelled; whoever runs a job holds it until
-- `lease_until`, and may write its result only while `fence`, which grows with each claim, is still its own.
CREATE TABLE jobs (
    id          BYTEA  NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    video_id    BYTEA  NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    owner_id    BYTEA  NOT NULL REFERENCES users (id),
    priority    BIGINT NOT NULL,
    turn        BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    run_after   BIGINT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    fence       BIGINT NOT NULL DEFAULT 0,
    worker      TEXT,
    progress    BIGINT NOT NULL DEFAULT 0,
    reason      TEXT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (video_id, kind)
);
CREATE INDEX jobs_open ON jobs (priority, turn, created_at, id) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_owner ON jobs (owner_id, kind);
