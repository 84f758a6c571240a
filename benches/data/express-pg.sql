-- What somebody who knows PostgreSQL gives an Express server: an index for each list, counters beside what they count,
-- and the same rows as chaitube-postgres.sql.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
BEGIN;

CREATE TABLE users (
    id BIGINT PRIMARY KEY, username TEXT NOT NULL UNIQUE, full_name TEXT NOT NULL, avatar TEXT NOT NULL, cover TEXT,
    subscribers_count BIGINT NOT NULL DEFAULT 0, subscriptions_count BIGINT NOT NULL DEFAULT 0,
    videos_count BIGINT NOT NULL DEFAULT 0, created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE videos (
    id BIGINT PRIMARY KEY, owner_id BIGINT NOT NULL REFERENCES users, title TEXT NOT NULL, description TEXT NOT NULL,
    video_file TEXT NOT NULL, thumbnail TEXT NOT NULL, duration DOUBLE PRECISION NOT NULL,
    views BIGINT NOT NULL DEFAULT 0, likes_count BIGINT NOT NULL DEFAULT 0, comments_count BIGINT NOT NULL DEFAULT 0,
    is_published BOOLEAN NOT NULL DEFAULT true, created_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE totals (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
CREATE TABLE subscriptions (
    subscriber_id BIGINT NOT NULL REFERENCES users, channel_id BIGINT NOT NULL REFERENCES users,
    PRIMARY KEY (subscriber_id, channel_id)
);
CREATE TABLE video_likes (
    user_id BIGINT NOT NULL REFERENCES users, video_id BIGINT NOT NULL REFERENCES videos,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(), PRIMARY KEY (user_id, video_id)
);
CREATE TABLE comments (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, video_id BIGINT NOT NULL REFERENCES videos,
    owner_id BIGINT NOT NULL REFERENCES users, content TEXT NOT NULL, created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE watch_history (
    user_id BIGINT NOT NULL REFERENCES users, video_id BIGINT NOT NULL REFERENCES videos,
    watched_at TIMESTAMPTZ NOT NULL DEFAULT now(), PRIMARY KEY (user_id, video_id)
);
CREATE TABLE video_views (
    video_id BIGINT NOT NULL REFERENCES videos, viewer BIGINT NOT NULL, counted_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (video_id, viewer)
);

CREATE TEMP TABLE words (i INTEGER PRIMARY KEY, word TEXT);
INSERT INTO words VALUES (0, 'mountain'), (1, 'river'), (2, 'train'), (3, 'evening'), (4, 'market'), (5, 'garden'),
    (6, 'monsoon'), (7, 'temple'), (8, 'kitchen'), (9, 'festival'), (10, 'workshop'), (11, 'harbour');
INSERT INTO users (id, username, full_name, avatar, subscribers_count, subscriptions_count)
SELECT n, 'user' || n, 'User ' || n, 'http://localhost/media/0123456789abcdef0123456789abcdef.png', 10, 10
FROM generate_series(1, 1000) n;
INSERT INTO videos (id, owner_id, title, description, video_file, thumbnail, duration, likes_count, comments_count, created_at)
SELECT n, CASE WHEN n % 100 = 0 THEN 1 ELSE 2 + n % 999 END, 'A ' || a.word || ' by the ' || b.word || ', part ' || n,
       'What we saw on the way. Filmed in one day, with music by friends. Chapter ' || n || ' of a long story.',
       'http://localhost/media/0123456789abcdef0123456789abcdef.mp4',
       'http://localhost/media/0123456789abcdef0123456789abcdef.jpg', 30 + n % 3600,
       CASE WHEN n <= 100000 THEN 10 ELSE 0 END, 1, now() - (1 + :videos - n) * INTERVAL '1 second'
FROM generate_series(1, :videos) n JOIN words a ON a.i = n % 12 JOIN words b ON b.i = n / 12 % 12;
INSERT INTO comments (video_id, owner_id, content)
SELECT n, 1 + n * 7 % 1000, 'Thank you for part ' || n FROM generate_series(1, :videos) n;
INSERT INTO video_likes (user_id, video_id)
SELECT 1 + (n * 13 + l) % 1000, n FROM generate_series(1, least(:videos, 100000)) n, generate_series(1, 10) l;
INSERT INTO subscriptions SELECT n, 1 + (n + k * 97) % 1000 FROM generate_series(1, 1000) n, generate_series(1, 10) k;
UPDATE users SET videos_count = (SELECT count(*) FROM videos v WHERE v.owner_id = users.id);
INSERT INTO totals VALUES ('published_videos', :videos);

CREATE INDEX videos_by_time ON videos (created_at DESC, id DESC) WHERE is_published;
CREATE INDEX videos_by_owner ON videos (owner_id, created_at DESC);
CREATE INDEX videos_by_text ON videos USING gin ((title || ' ' || description) gin_trgm_ops);
CREATE INDEX comments_by_video ON comments (video_id, created_at DESC);
CREATE INDEX video_likes_by_video ON video_likes (video_id);
CREATE INDEX subscriptions_by_channel ON subscriptions (channel_id);
COMMIT;
VACUUM ANALYZE;
