-- Films on their way in. The object of an upload (`media` in the state `growing`) is written bit by bit; `received` are
-- the bytes of it that have reached the disk. `state` is uploading, complete, expired or cancelled; those two last have
-- no object any more, and one of which a video was made has given it its object. `refusal` says why an upload that was
-- cancelled is no film. `metadata` is what the client said of it, as it said it. `length` is NULL while a form that does not say how long it is still comes in.
-- A `resumable` upload goes on over many requests, the others end with the request that began them.
CREATE TABLE uploads (
    id         BYTEA   NOT NULL PRIMARY KEY,
    owner_id   BYTEA   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    media      TEXT    UNIQUE REFERENCES media (name) ON UPDATE CASCADE ON DELETE CASCADE,
    video_id   BYTEA   REFERENCES videos (id) ON DELETE CASCADE,
    state      TEXT    NOT NULL,
    resumable  BOOLEAN NOT NULL,
    length     BIGINT,
    received   BIGINT  NOT NULL DEFAULT 0,
    metadata   TEXT    NOT NULL,
    refusal    TEXT,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX uploads_by_owner ON uploads (owner_id, created_at, id);
CREATE INDEX uploads_by_video ON uploads (video_id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at) WHERE video_id IS NULL;
CREATE INDEX uploads_open ON uploads (state) WHERE state = 'uploading';

-- What is growing is no leftover.
DROP INDEX media_unsettled;
CREATE INDEX media_unsettled ON media (created_at, name) WHERE state IN ('pending', 'doomed');
