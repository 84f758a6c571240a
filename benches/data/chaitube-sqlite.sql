-- Fills a Chaitube database that has one account and one video, which all others are made after: @videos videos of 1,000
-- channels, the first of which has one in a hundred; a comment for each, and ten likes for each of the first 100,000.
-- `chaitube recount` counts them afterwards.
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -400000;
-- Indexes are made faster all at once.
.once made-again.sql
SELECT sql || ';' FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL
AND tbl_name IN ('videos', 'video_search', 'comments', 'video_likes');
.once dropped.sql
SELECT 'DROP ' || type || ' ' || name || ';' FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL
AND tbl_name IN ('videos', 'video_search', 'comments', 'video_likes');
BEGIN;
.read dropped.sql

CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY);
INSERT INTO numbers SELECT value FROM generate_series(1, @videos);
CREATE TEMP TABLE words (i INTEGER PRIMARY KEY, word TEXT);
INSERT INTO words VALUES (0, 'mountain'), (1, 'river'), (2, 'train'), (3, 'evening'), (4, 'market'), (5, 'garden'),
    (6, 'monsoon'), (7, 'temple'), (8, 'kitchen'), (9, 'festival'), (10, 'workshop'), (11, 'harbour');
CREATE TEMP TABLE first_user AS SELECT * FROM users LIMIT 1;
CREATE TEMP TABLE first_video AS SELECT * FROM videos LIMIT 1;

INSERT INTO users (id, username, email, full_name, password_hash, avatar, created_at, updated_at)
SELECT CAST(printf('u%011d', n) AS BLOB), 'user' || n, 'user' || n || '@example.org', 'User ' || n, f.password_hash, f.avatar,
       f.created_at + n, f.created_at + n
FROM (SELECT value AS n FROM generate_series(1, 1000)) JOIN first_user f;

INSERT INTO videos (id, owner_id, title, description, film, original, thumbnail, placeholder, duration_s, width, height,
                    status, is_published, hot, created_at, updated_at)
SELECT CAST(printf('%012d', n) AS BLOB), CAST(printf('u%011d', CASE WHEN n % 100 = 0 THEN 1 ELSE 2 + n % 999 END) AS BLOB),
       'A ' || a.word || ' by the ' || b.word || ', part ' || n,
       'What we saw on the way. Filmed in one day, with music by friends. Chapter ' || n || ' of a long story.',
       f.film, f.original, f.thumbnail, f.placeholder, 30 + n % 3600, f.width, f.height, 'ready', 1,
       (f.created_at - 1000 * (1 + @videos - n)) / 45, f.created_at - 1000 * (1 + @videos - n), f.created_at - 1000 * (1 + @videos - n)
FROM numbers JOIN words a ON a.i = n % 12 JOIN words b ON b.i = n / 12 % 12 JOIN first_video f;

INSERT INTO video_search (video_id, text)
SELECT id, lower(title || char(1) || description) FROM videos WHERE id NOT IN (SELECT video_id FROM video_search);

INSERT INTO comments (id, video_id, owner_id, content, created_at, updated_at)
SELECT CAST(printf('c%011d', n) AS BLOB), CAST(printf('%012d', n) AS BLOB), CAST(printf('u%011d', 1 + n * 7 % 1000) AS BLOB),
       'Thank you for part ' || n, f.created_at, f.created_at
FROM numbers JOIN first_user f;

INSERT INTO video_likes (user_id, video_id, id, created_at)
SELECT CAST(printf('u%011d', 1 + (n * 13 + l) % 1000) AS BLOB), CAST(printf('%012d', n) AS BLOB),
       CAST(printf('%02d%010d', l, n) AS BLOB), f.created_at - n
FROM numbers JOIN (SELECT value AS l FROM generate_series(1, 10)) JOIN first_user f WHERE n <= 100000;

INSERT INTO subscriptions (id, subscriber_id, channel_id, created_at)
SELECT CAST(printf('s%03d%08d', k, n) AS BLOB), CAST(printf('u%011d', n) AS BLOB),
       CAST(printf('u%011d', 1 + (n + k * 97) % 1000) AS BLOB), f.created_at + n
FROM (SELECT value AS n FROM generate_series(1, 1000)) JOIN (SELECT value AS k FROM generate_series(1, 10)) JOIN first_user f;

INSERT INTO video_views (video_id, viewer, counted_at)
SELECT CAST(printf('%012d', n) AS BLOB), CAST(printf('u%011d', 1 + n * 11 % 1000) AS BLOB), f.created_at
FROM numbers JOIN first_video f WHERE n <= 100000;

INSERT INTO watch_history (user_id, video_id, watched_at)
SELECT viewer, video_id, counted_at FROM video_views;

INSERT INTO video_search_index (video_search_index) VALUES ('rebuild');
.read made-again.sql
COMMIT;
ANALYZE;
