-- The same as chaitube-sqlite.sql.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
-- Foreign keys hold by construction.
SET session_replication_role = replica;
BEGIN;

CREATE TEMP TABLE words (i INTEGER PRIMARY KEY, word TEXT);
INSERT INTO words VALUES (0, 'mountain'), (1, 'river'), (2, 'train'), (3, 'evening'), (4, 'market'), (5, 'garden'),
    (6, 'monsoon'), (7, 'temple'), (8, 'kitchen'), (9, 'festival'), (10, 'workshop'), (11, 'harbour');
CREATE TEMP TABLE first_user AS SELECT * FROM users LIMIT 1;
CREATE TEMP TABLE first_video AS SELECT * FROM videos LIMIT 1;
CREATE FUNCTION pg_temp.made_id(prefix TEXT, n BIGINT) RETURNS BYTEA LANGUAGE SQL IMMUTABLE AS
    $$ SELECT convert_to(prefix || lpad(n::text, 12 - length(prefix), '0'), 'UTF8') $$;
-- Indexes are made faster all at once.
SET maintenance_work_mem = '512MB';
CREATE TEMP TABLE kept AS SELECT indexdef, indexname FROM pg_indexes
WHERE schemaname = 'public' AND tablename IN ('videos', 'video_search', 'comments', 'video_likes')
    AND indexname NOT IN (SELECT conname FROM pg_constraint);
SELECT format('DROP INDEX %I', indexname) FROM kept \gexec

INSERT INTO users (id, username, email, full_name, password_hash, avatar, created_at, updated_at)
SELECT pg_temp.made_id('u', n), 'user' || n, 'user' || n || '@example.org', 'User ' || n, f.password_hash, f.avatar,
       f.created_at + n, f.created_at + n
FROM generate_series(1, 1000) n, first_user f;

INSERT INTO videos (id, owner_id, title, description, film, original, thumbnail, placeholder, duration_s, width, height,
                    status, is_published, hot, created_at, updated_at)
SELECT pg_temp.made_id('', n), pg_temp.made_id('u', CASE WHEN n % 100 = 0 THEN 1 ELSE 2 + n % 999 END),
       'A ' || a.word || ' by the ' || b.word || ', part ' || n,
       'What we saw on the way. Filmed in one day, with music by friends. Chapter ' || n || ' of a long story.',
       f.film, f.original, f.thumbnail, f.placeholder, 30 + n % 3600, f.width, f.height, 'ready', true,
       (f.created_at - 1000 * (1 + :videos - n)) / 45, f.created_at - 1000 * (1 + :videos - n), f.created_at - 1000 * (1 + :videos - n)
FROM generate_series(1, :videos) n JOIN words a ON a.i = n % 12 JOIN words b ON b.i = n / 12 % 12, first_video f;

INSERT INTO video_search (video_id, text)
SELECT id, lower(title || chr(1) || description) FROM videos
ON CONFLICT DO NOTHING;

INSERT INTO comments (id, video_id, owner_id, content, created_at, updated_at)
SELECT pg_temp.made_id('c', n), pg_temp.made_id('', n), pg_temp.made_id('u', 1 + n * 7 % 1000), 'Thank you for part ' || n,
       f.created_at, f.created_at
FROM generate_series(1, :videos) n, first_user f;

INSERT INTO video_likes (user_id, video_id, id, created_at)
SELECT pg_temp.made_id('u', 1 + (n * 13 + l) % 1000), pg_temp.made_id('', n), pg_temp.made_id(lpad(l::text, 2, '0'), n),
       f.created_at - n
FROM generate_series(1, least(:videos, 100000)) n, generate_series(1, 10) l, first_user f;

INSERT INTO subscriptions (id, subscriber_id, channel_id, created_at)
SELECT pg_temp.made_id('s' || lpad(k::text, 3, '0'), n), pg_temp.made_id('u', n), pg_temp.made_id('u', 1 + (n + k * 97) % 1000),
       f.created_at + n
FROM generate_series(1, 1000) n, generate_series(1, 10) k, first_user f;

INSERT INTO video_views (video_id, viewer, counted_at)
SELECT pg_temp.made_id('', n), pg_temp.made_id('u', 1 + n * 11 % 1000), f.created_at
FROM generate_series(1, least(:videos, 100000)) n, first_video f;

INSERT INTO watch_history (user_id, video_id, watched_at)
SELECT viewer, video_id, counted_at FROM video_views;

SELECT indexdef FROM kept \gexec
COMMIT;
VACUUM ANALYZE;
