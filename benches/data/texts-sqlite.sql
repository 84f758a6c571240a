-- Gives the videos of a filled Chaitube database the texts of the file texts.tsv. Every twentieth is a short, every
-- hundredth is trending, and the first 100,000 are watched together with twenty others.
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -400000;
CREATE TEMP TABLE texts (n INTEGER PRIMARY KEY, title TEXT, description TEXT, tags TEXT, views BIGINT);
.mode tabs
.import texts.tsv texts
.once made-again.sql
SELECT sql || ';' FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name = 'videos';
.once dropped.sql
SELECT 'DROP ' || type || ' ' || name || ';' FROM sqlite_schema
WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name = 'videos';
BEGIN;
.read dropped.sql

UPDATE videos SET title = t.title, description = t.description, tags = t.tags, views = t.views,
       is_short = (t.n % 20 = 0), trending = (t.n % 100 = 0) * t.n
FROM texts t WHERE videos.id = CAST(printf('%012d', t.n) AS BLOB);

INSERT INTO tags (tag, name, videos)
SELECT value, value, COUNT(*) FROM texts t, json_each(t.tags) GROUP BY value;

INSERT INTO related_videos (video_id, other_id, score)
SELECT CAST(printf('%012d', n) AS BLOB), CAST(printf('%012d', 1 + (n + other * other * 97) % @videos) AS BLOB), 21 - other
FROM (SELECT n FROM texts LIMIT 100000), (SELECT value AS other FROM generate_series(1, 20))
WHERE 1 ON CONFLICT DO NOTHING;

.read made-again.sql
DELETE FROM tasks WHERE kind = 'index';
COMMIT;
ANALYZE;
