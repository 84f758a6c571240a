-- The dashboard's sums, kept like the other counters: a channel may have very many videos.
ALTER TABLE users ADD COLUMN views_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN likes_count BIGINT NOT NULL DEFAULT 0;
UPDATE users SET
    views_count = (SELECT COALESCE(SUM(v.views), 0) FROM videos v WHERE v.owner_id = users.id),
    likes_count = (SELECT COALESCE(SUM(v.likes_count), 0) FROM videos v WHERE v.owner_id = users.id)
WHERE videos_count > 0;
