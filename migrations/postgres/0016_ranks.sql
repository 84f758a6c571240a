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
