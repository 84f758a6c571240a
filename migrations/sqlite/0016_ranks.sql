-- Shorts: upright or square videos of up to three minutes. Audio files are shown with a wide picture, so none is one.
ALTER TABLE videos ADD COLUMN is_short BOOLEAN NOT NULL DEFAULT FALSE;
-- What lists by rank are sorted by; `src/ranks` computes both. A video that nobody watches has the `hot` of its age.
ALTER TABLE videos ADD COLUMN hot BIGINT NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN trending BIGINT NOT NULL DEFAULT 0;
UPDATE videos SET is_short = (height >= width AND duration_s <= 180), hot = created_at / 45;
CREATE INDEX videos_by_hot ON videos (hot, id) WHERE is_published;
CREATE INDEX videos_by_trending ON videos (trending, id) WHERE is_published;
CREATE INDEX videos_lifted ON videos (id) WHERE hot <> created_at / 45;

-- Shorts have an index of their own for every order. Without them, a list skips them in the index of all.
CREATE INDEX shorts_by_time ON videos (is_short, created_at, id) WHERE is_published AND is_short = TRUE;
CREATE INDEX shorts_by_views ON videos (is_short, views, id) WHERE is_published AND is_short = TRUE;
CREATE INDEX shorts_by_duration ON videos (is_short, duration_s, id) WHERE is_published AND is_short = TRUE;
CREATE INDEX shorts_by_title ON videos (is_short, title, id) WHERE is_published AND is_short = TRUE;
CREATE INDEX shorts_by_hot ON videos (is_short, hot, id) WHERE is_published AND is_short = TRUE;
CREATE INDEX shorts_by_trending ON videos (is_short, trending, id) WHERE is_published AND is_short = TRUE;

ALTER TABLE users ADD COLUMN shorts_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN published_shorts_count BIGINT NOT NULL DEFAULT 0;
UPDATE users SET
    shorts_count = (SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id AND v.is_short),
    published_shorts_count = (SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id AND v.is_short AND v.is_published)
WHERE id IN (SELECT owner_id FROM videos WHERE is_short);
INSERT INTO totals (name, value) SELECT 'published_shorts', COUNT(*) FROM videos WHERE is_published AND is_short;

-- For the likes of the last day.
DROP INDEX video_likes_by_video;
CREATE INDEX video_likes_by_video ON video_likes (video_id, created_at);

-- What people watch within a day of each other. `score` grows with every viewer, and by how much grows with the days, so
-- that what is older counts for less. `only_viewer` stands for the viewer of a pair that nobody else has watched yet.
CREATE TABLE related_videos (
    video_id    BLOB             NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    other_id    BLOB             NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    score       DOUBLE PRECISION NOT NULL,
    only_viewer BLOB,
    PRIMARY KEY (video_id, other_id)
);
CREATE INDEX related_videos_by_score ON related_videos (video_id, score, other_id) WHERE only_viewer IS NULL;
CREATE INDEX related_videos_by_other ON related_videos (other_id);

-- Up to which moment the views are paired.
CREATE TABLE co_watching_state (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    paired_until BIGINT  NOT NULL
);
INSERT INTO co_watching_state (id, paired_until) VALUES (1, 0);

-- Whether what somebody watched decides what is recommended to them and others.
ALTER TABLE users ADD COLUMN uses_history BOOLEAN NOT NULL DEFAULT TRUE;

-- What somebody is not interested in.
CREATE TABLE hidden_from_home (
    user_id    BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    video_id   BLOB   NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, video_id)
);
CREATE INDEX hidden_from_home_by_time ON hidden_from_home (user_id, created_at, video_id);
CREATE INDEX hidden_from_home_by_video ON hidden_from_home (video_id);
