-- Work in the background that is not the processing of a video. There is one task of each kind and key; `wanted` counts
-- how often it was entered, so that what is entered while it runs is not lost. The other columns are those of `jobs`.
CREATE TABLE tasks (
    id          BLOB   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    key         TEXT   NOT NULL,
    payload     TEXT,
    state       TEXT   NOT NULL,
    wanted      BIGINT NOT NULL DEFAULT 1,
    attempts    BIGINT NOT NULL DEFAULT 0,
    run_after   BIGINT NOT NULL,
    lease_until BIGINT,
    fence       BIGINT NOT NULL DEFAULT 0,
    node        BLOB  ,
    pid         BIGINT,
    progress    BIGINT NOT NULL DEFAULT 0,
    reason      TEXT,
    begun_at    BIGINT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (kind, key)
);
CREATE INDEX tasks_open ON tasks (run_after, id) WHERE state IN ('queued', 'running');
