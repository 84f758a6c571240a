// The same routes by Express and pg, as one would write them well: one process as Chaitube is one, prepared statements,
// one statement where one does, counters instead of COUNT.

import express from 'express';
import jwt from 'jsonwebtoken';
import pg from 'pg';

const { DATABASE_URL, TOKEN_SECRET } = process.env;
const LIMIT = 10;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 16 });
const app = express().disable('x-powered-by').disable('etag').use(express.json());

/** Runs a statement that is prepared once for each connection. */
const query = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const reply = (res, data, message) => res.json({ statusCode: 200, data, message, success: true });

function viewer(req) {
  const token = req.get('authorization')?.replace('Bearer ', '');
  return token ? Number(jwt.verify(token, TOKEN_SECRET).sub) : null;
}

function signedIn(req, res, next) {
  req.viewer = viewer(req);
  if (req.viewer === null) res.status(401).json({ success: false, message: 'Log in first', errors: [] });
  else next();
}

const COLUMNS = `v.id, v.title, v.description, v.video_file, v.thumbnail, v.duration, v.views, v.likes_count, v.comments_count,
  v.is_published, v.created_at, v.owner_id, o.username, o.full_name, o.avatar`;

const shown = (row) => ({
  _id: row.id,
  title: row.title,
  description: row.description,
  videoFile: row.video_file,
  thumbnail: row.thumbnail,
  duration: row.duration,
  views: Number(row.views),
  likesCount: Number(row.likes_count),
  commentsCount: Number(row.comments_count),
  isPublished: row.is_published,
  createdAt: row.created_at,
  owner: { _id: row.owner_id, username: row.username, fullName: row.full_name, avatar: row.avatar },
});

app.get('/api/v1/videos', async (req, res) => {
  const page = Math.max(1, Number(req.query.page) || 1);
  const skipped = (page - 1) * LIMIT;
  const text = req.query.query;
  const [rows, [{ total }]] = await Promise.all(
    text
      ? [
          query(
            'search',
            `SELECT ${COLUMNS} FROM videos v JOIN users o ON o.id = v.owner_id
             WHERE v.is_published AND v.title || ' ' || v.description ILIKE $1
             ORDER BY v.created_at DESC, v.id DESC LIMIT $2 OFFSET $3`,
            [`%${text}%`, LIMIT, skipped],
          ),
          query(
            'found',
            `SELECT count(*) AS total FROM videos WHERE is_published AND title || ' ' || description ILIKE $1`,
            [`%${text}%`],
          ),
        ]
      : [
          // The owners of the page alone are joined, not those of what is skipped.
          query(
            'feed',
            `SELECT ${COLUMNS} FROM (SELECT * FROM videos WHERE is_published ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2) v
             JOIN users o ON o.id = v.owner_id ORDER BY v.created_at DESC, v.id DESC`,
            [LIMIT, skipped],
          ),
          query('total', `SELECT value AS total FROM totals WHERE name = 'published_videos'`),
        ],
  );
  const totalDocs = Number(total);
  const totalPages = Math.ceil(totalDocs / LIMIT);
  const around = { hasPrevPage: page > 1, hasNextPage: page < totalPages };
  reply(
    res,
    { docs: rows.map(shown), totalDocs, limit: LIMIT, page, totalPages, ...around },
    'Videos fetched successfully',
  );
});

app.get('/api/v1/videos/:id', async (req, res) => {
  const who = viewer(req);
  if (who !== null) {
    await query(
      'watch',
      `WITH counted AS (
         INSERT INTO video_views AS w (video_id, viewer) VALUES ($1, $2)
         ON CONFLICT (video_id, viewer) DO UPDATE SET counted_at = now() WHERE w.counted_at < now() - INTERVAL '30 minutes'
         RETURNING 1
       ), remembered AS (
         INSERT INTO watch_history (user_id, video_id) VALUES ($2, $1)
         ON CONFLICT (user_id, video_id) DO UPDATE SET watched_at = now()
       )
       UPDATE videos SET views = views + 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM counted)`,
      [req.params.id, who],
    );
  }
  const [row] = await query(
    'video',
    `SELECT ${COLUMNS}, o.subscribers_count,
       EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = o.id AND s.subscriber_id = $2) AS is_subscribed,
       EXISTS (SELECT 1 FROM video_likes l WHERE l.video_id = v.id AND l.user_id = $2) AS is_liked
     FROM videos v JOIN users o ON o.id = v.owner_id WHERE v.id = $1 AND v.is_published`,
    [req.params.id, who],
  );
  if (!row) return res.status(404).json({ success: false, message: 'Video not found', errors: [] });
  const video = shown(row);
  Object.assign(video.owner, { subscribersCount: Number(row.subscribers_count), isSubscribed: row.is_subscribed });
  reply(res, { ...video, isLiked: row.is_liked }, 'Video fetched successfully');
});

app.get('/api/v1/users/c/:username', async (req, res) => {
  const [row] = await query(
    'channel',
    `SELECT u.*, EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = u.id AND s.subscriber_id = $2) AS is_subscribed
     FROM users u WHERE username = $1`,
    [req.params.username, viewer(req)],
  );
  if (!row) return res.status(404).json({ success: false, message: 'Channel not found', errors: [] });
  const channel = {
    _id: row.id,
    username: row.username,
    fullName: row.full_name,
    avatar: row.avatar,
    coverImage: row.cover ?? '',
    subscribersCount: Number(row.subscribers_count),
    channelsSubscribedToCount: Number(row.subscriptions_count),
    videosCount: Number(row.videos_count),
    isSubscribed: row.is_subscribed,
    createdAt: row.created_at,
  };
  reply(res, channel, 'User channel fetched successfully');
});

app.get('/api/v1/dashboard/stats', signedIn, async (req, res) => {
  const [row] = await query(
    'dashboard',
    `SELECT coalesce(sum(v.views), 0) AS views, coalesce(sum(v.likes_count), 0) AS likes, count(v.id) AS videos,
       (SELECT subscribers_count FROM users WHERE id = $1) AS subscribers
     FROM videos v WHERE v.owner_id = $1`,
    [req.viewer],
  );
  const stats = {
    totalViews: row.views,
    totalLikes: row.likes,
    totalVideos: row.videos,
    totalSubscribers: row.subscribers,
  };
  reply(
    res,
    Object.fromEntries(Object.entries(stats).map(([key, value]) => [key, Number(value)])),
    'Stats fetched successfully',
  );
});

app.post('/api/v1/likes/toggle/v/:id', signedIn, async (req, res) => {
  const [row] = await query(
    'like',
    `WITH gone AS (DELETE FROM video_likes WHERE user_id = $1 AND video_id = $2 RETURNING 1),
       come AS (
         INSERT INTO video_likes (user_id, video_id) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM gone)
         ON CONFLICT DO NOTHING RETURNING 1
       )
     UPDATE videos SET likes_count = likes_count + (SELECT count(*) FROM come) - (SELECT count(*) FROM gone)
     WHERE id = $2 RETURNING EXISTS (SELECT 1 FROM come) AS is_liked`,
    [req.viewer, req.params.id],
  );
  reply(res, { isLiked: row.is_liked }, 'Like toggled successfully');
});

app.post('/api/v1/comments/:id', signedIn, async (req, res) => {
  const [row] = await query(
    'comment',
    `WITH counted AS (UPDATE videos SET comments_count = comments_count + 1 WHERE id = $1)
     INSERT INTO comments (video_id, owner_id, content) VALUES ($1, $2, $3) RETURNING id, created_at`,
    [req.params.id, req.viewer, req.body.content],
  );
  res.status(201).json({
    statusCode: 201,
    data: { _id: row.id, content: req.body.content, createdAt: row.created_at },
    message: 'Comment added',
    success: true,
  });
});

const server = app.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
