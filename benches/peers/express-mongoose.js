// The same routes by Express and Mongoose, as one would write them well: indexes, counters beside what they count, lean
// documents, one process.

import express from 'express';
import jwt from 'jsonwebtoken';
import { Comment, History, Like, Subscription, Total, User, Video, View, connect } from './mongoose-models.js';

const { TOKEN_SECRET } = process.env;
const LIMIT = 10;
const WINDOW_MS = 30 * 60_000;
await connect();
const app = express().disable('x-powered-by').disable('etag').use(express.json());

const reply = (res, data, message) => res.json({ statusCode: 200, data, message, success: true });

function viewer(req) {
  const token = req.get('authorization')?.replace('Bearer ', '');
  return token ? jwt.verify(token, TOKEN_SECRET).sub : null;
}

function signedIn(req, res, next) {
  req.viewer = viewer(req);
  if (req.viewer === null) res.status(401).json({ success: false, message: 'Log in first', errors: [] });
  else next();
}

const OWNER = { path: 'owner', select: 'username fullName avatar' };

app.get('/api/v1/videos', async (req, res) => {
  const page = Math.max(1, Number(req.query.page) || 1);
  const text = req.query.query;
  const filter = { isPublished: true, ...(text && { $text: { $search: text } }) };
  const [docs, totalDocs] = await Promise.all([
    Video.find(filter)
      .sort({ createdAt: -1, _id: -1 })
      .skip((page - 1) * LIMIT)
      .limit(LIMIT)
      .populate(OWNER)
      .lean(),
    text
      ? Video.countDocuments(filter)
      : Total.findById('publishedVideos')
          .lean()
          .then(({ value }) => value),
  ]);
  const totalPages = Math.ceil(totalDocs / LIMIT);
  const around = { hasPrevPage: page > 1, hasNextPage: page < totalPages };
  reply(res, { docs, totalDocs, limit: LIMIT, page, totalPages, ...around }, 'Videos fetched successfully');
});

/** Counts a view, unless this viewer was counted lately, and remembers the video in the history. */
async function watch(video, user) {
  const now = new Date();
  const counted = View.updateOne(
    { _id: `${video}${user}`, countedAt: { $lt: new Date(now - WINDOW_MS) } },
    { countedAt: now },
    { upsert: true },
  )
    .then(() => Video.updateOne({ _id: video }, { $inc: { views: 1 } }))
    .catch((error) => {
      // Counted lately: the filter missed the document, whose id is taken.
      if (error.code !== 11000) throw error;
    });
  await Promise.all([counted, History.updateOne({ user, video }, { watchedAt: now }, { upsert: true })]);
}

app.get('/api/v1/videos/:id', async (req, res) => {
  const who = viewer(req);
  if (who !== null) await watch(req.params.id, who);
  const video = await Video.findOne({ _id: req.params.id, isPublished: true })
    .populate({ ...OWNER, select: `${OWNER.select} subscribersCount` })
    .lean();
  if (!video) return res.status(404).json({ success: false, message: 'Video not found', errors: [] });
  const [isLiked, isSubscribed] =
    who === null
      ? [false, false]
      : await Promise.all([
          Like.exists({ user: who, video: video._id }),
          Subscription.exists({ subscriber: who, channel: video.owner._id }),
        ]);
  const owner = { ...video.owner, isSubscribed: Boolean(isSubscribed) };
  reply(res, { ...video, owner, isLiked: Boolean(isLiked) }, 'Video fetched successfully');
});

app.get('/api/v1/users/c/:username', async (req, res) => {
  const who = viewer(req);
  const channel = await User.findOne({ username: req.params.username }).lean();
  if (!channel) return res.status(404).json({ success: false, message: 'Channel not found', errors: [] });
  const isSubscribed = who !== null && (await Subscription.exists({ subscriber: who, channel: channel._id }));
  reply(res, { ...channel, isSubscribed: Boolean(isSubscribed) }, 'User channel fetched successfully');
});

app.get('/api/v1/dashboard/stats', signedIn, async (req, res) => {
  const owner = User.castObject({ _id: req.viewer })._id;
  const [[sums], user] = await Promise.all([
    Video.aggregate([
      { $match: { owner } },
      { $group: { _id: null, views: { $sum: '$views' }, likes: { $sum: '$likesCount' }, videos: { $sum: 1 } } },
    ]),
    User.findById(owner).lean(),
  ]);
  const stats = { totalViews: sums.views, totalLikes: sums.likes, totalVideos: sums.videos };
  reply(res, { ...stats, totalSubscribers: user.subscribersCount }, 'Stats fetched successfully');
});

app.post('/api/v1/likes/toggle/v/:id', signedIn, async (req, res) => {
  const like = { user: req.viewer, video: req.params.id };
  const { deletedCount } = await Like.deleteOne(like);
  if (deletedCount === 0) await Like.create(like);
  await Video.updateOne({ _id: req.params.id }, { $inc: { likesCount: deletedCount === 0 ? 1 : -1 } });
  reply(res, { isLiked: deletedCount === 0 }, 'Like toggled successfully');
});

app.post('/api/v1/comments/:id', signedIn, async (req, res) => {
  const comment = await Comment.create({ video: req.params.id, owner: req.viewer, content: req.body.content });
  await Video.updateOne({ _id: req.params.id }, { $inc: { commentsCount: 1 } });
  res.status(201).json({ statusCode: 201, data: comment, message: 'Comment added', success: true });
});

const server = app.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
