-- What an upload to a bucket has brought so far: parts of the multipart upload `media.multipart`, each with its tag, and
-- after them pieces that are too short for a part, each an object of its own (`piece`).
ALTER TABLE media ADD COLUMN multipart TEXT;

CREATE TABLE media_parts (
    media TEXT   NOT NULL REFERENCES media (name) ON UPDATE CASCADE ON DELETE CASCADE,
    start BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    tag   TEXT,
    piece TEXT,
    PRIMARY KEY (media, start)
);

-- Which process writes to an object that grows in a bucket. `is_wanted` asks it to give way.
CREATE TABLE media_leases (
    media       TEXT    NOT NULL PRIMARY KEY REFERENCES media (name) ON UPDATE CASCADE ON DELETE CASCADE,
    holder      BYTEA   NOT NULL,
    lease_until BIGINT  NOT NULL,
    is_wanted   BOOLEAN NOT NULL DEFAULT FALSE
);
