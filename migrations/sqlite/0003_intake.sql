-- `film` is what plays, `original` the upload itself: the same object, or another, or none when it was not kept.
-- `former_stream` is what `stream` was before, for those who are still watching that.
ALTER TABLE videos ADD COLUMN original TEXT;
ALTER TABLE videos ADD COLUMN former_stream TEXT;
UPDATE videos SET original = film;

-- When the worker that has a job began it; with the progress, that tells how long the rest will take.
ALTER TABLE jobs ADD COLUMN begun_at BIGINT NOT NULL DEFAULT 0;

-- From when on an object that was replaced may be removed: until then it stays `live` for those who are reading it.
ALTER TABLE media ADD COLUMN retire_at BIGINT;
CREATE INDEX media_retired ON media (retire_at) WHERE retire_at IS NOT NULL;

-- What an upload was found to be when it came in (JSON), so that not every job has to look at it again.
ALTER TABLE media ADD COLUMN facts TEXT;
