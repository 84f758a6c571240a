// What express-mongoose.js keeps.

import mongoose, { Schema } from 'mongoose';

const ref = (model) => ({ type: Schema.Types.ObjectId, ref: model });
const count = { type: Number, default: 0 };
const model = (name, fields, ...indexes) => {
  const schema = new Schema(fields, { versionKey: false });
  for (const [keys, options] of indexes) schema.index(keys, options);
  return mongoose.model(name, schema);
};

export const User = model('User', {
  username: { type: String, unique: true },
  fullName: String,
  avatar: String,
  subscribersCount: count,
  channelsSubscribedToCount: count,
  videosCount: count,
});
export const Video = model(
  'Video',
  {
    owner: ref('User'),
    title: String,
    description: String,
    videoFile: String,
    thumbnail: String,
    duration: Number,
    views: count,
    likesCount: count,
    commentsCount: count,
    isPublished: { type: Boolean, default: true },
    createdAt: { type: Date, default: Date.now },
  },
  [{ isPublished: 1, createdAt: -1, _id: -1 }],
  [{ owner: 1, createdAt: -1 }],
  [{ title: 'text', description: 'text' }],
);
export const Like = model(
  'Like',
  { user: ref('User'), video: ref('Video') },
  [{ user: 1, video: 1 }, { unique: true }],
  [{ video: 1 }],
);
export const Comment = model(
  'Comment',
  { video: ref('Video'), owner: ref('User'), content: String, createdAt: { type: Date, default: Date.now } },
  [{ video: 1, createdAt: -1 }],
);
export const Subscription = model('Subscription', { subscriber: ref('User'), channel: ref('User') }, [
  { subscriber: 1, channel: 1 },
  { unique: true },
]);
export const History = model('History', { user: ref('User'), video: ref('Video'), watchedAt: Date }, [
  { user: 1, video: 1 },
  { unique: true },
]);
/** One document for each video and viewer, whose ids are its own. */
export const View = model('View', { _id: String, countedAt: Date });
export const Total = model('Total', { _id: String, value: Number });

/** Writes wait for the journal, as PostgreSQL's and SQLite's wait for the disk. */
export const connect = () => mongoose.connect(process.env.MONGODB_URL, { w: 1, journal: true, maxPoolSize: 16 });
