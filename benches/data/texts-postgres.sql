-- The same as texts-sqlite.sql, from the file :texts.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
-- No triggers, and foreign keys hold by construction.
SET session_replication_role = replica;
SET maintenance_work_mem = '512MB';
BEGIN;
CREATE TEMP TABLE texts (n BIGINT PRIMARY KEY, title TEXT, description TEXT, tags TEXT, views BIGINT);
\copy texts FROM pstdin
CREATE TEMP TABLE kept AS SELECT indexdef, indexname FROM pg_indexes
WHERE schemaname = 'public' AND tablename = 'videos' AND indexname NOT IN (SELECT conname FROM pg_constraint);
SELECT format('DROP INDEX %I', indexname) FROM kept \gexec

UPDATE videos SET title = t.title, description = t.description, tags = t.tags, views = t.views,
       is_short = (t.n % 20 = 0), trending = CASE WHEN t.n % 100 = 0 THEN t.n ELSE 0 END
FROM texts t WHERE videos.id = convert_to(lpad(t.n::text, 12, '0'), 'UTF8');

INSERT INTO tags (tag, name, videos)
SELECT value, value, COUNT(*) FROM texts t, json_array_elements_text(t.tags::json) AS given(value) GROUP BY value;

INSERT INTO related_videos (video_id, other_id, score)
SELECT convert_to(lpad(n::text, 12, '0'), 'UTF8'),
       convert_to(lpad((1 + (n + other * other * 97) % :videos)::text, 12, '0'), 'UTF8'), 21 - other
FROM texts, generate_series(1, 20) other WHERE n <= 100000
ON CONFLICT DO NOTHING;

SELECT indexdef FROM kept \gexec
DELETE FROM tasks WHERE kind = 'index';
COMMIT;
VACUUM FULL ANALYZE videos;
VACUUM ANALYZE;
