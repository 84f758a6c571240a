// Fills the database of express-mongoose.js with the same videos as the others have. The argument is how many.

import mongoose from 'mongoose';
import { Comment, Like, Subscription, Total, User, Video, connect } from '../peers/mongoose-models.js';

const BATCH = 5_000;
const PEOPLE = 1_000;
const LIKED_MAX = 100_000;
const WORDS = 'mountain river train evening market garden monsoon temple kitchen festival workshop harbour'.split(' ');
const MEDIA = 'http://localhost/media/0123456789abcdef0123456789abcdef';
const videos = Number(process.argv[2]);
const id = (number) => new mongoose.Types.ObjectId(String(number).padStart(24, '0'));
const begun = Date.now();

await connect();
const owner = (n) => (n % 100 === 0 ? 1 : 2 + (n % 999));
const owned = new Map();
for (let n = 1; n <= videos; n += 1) owned.set(owner(n), (owned.get(owner(n)) ?? 0) + 1);

await fill(User, PEOPLE, (n) => [
  {
    _id: id(n),
    username: `user${n}`,
    fullName: `User ${n}`,
    avatar: `${MEDIA}.png`,
    subscribersCount: 10,
    channelsSubscribedToCount: 10,
    videosCount: owned.get(n) ?? 0,
  },
]);
await fill(Video, videos, (n) => [
  {
    _id: id(n),
    owner: id(owner(n)),
    title: `A ${WORDS[n % 12]} by the ${WORDS[Math.floor(n / 12) % 12]}, part ${n}`,
    description: `What we saw on the way. Filmed in one day, with music by friends. Chapter ${n} of a long story.`,
    videoFile: `${MEDIA}.mp4`,
    thumbnail: `${MEDIA}.jpg`,
    duration: 30 + (n % 3600),
    views: 0,
    likesCount: n <= LIKED_MAX ? 10 : 0,
    commentsCount: 1,
    isPublished: true,
    createdAt: new Date(begun - 1000 * (1 + videos - n)),
  },
]);
await fill(Comment, videos, (n) => [
  { video: id(n), owner: id(1 + ((n * 7) % PEOPLE)), content: `Thank you for part ${n}`, createdAt: new Date(begun) },
]);
await fill(Like, Math.min(videos, LIKED_MAX), (n) =>
  ten((l) => ({ user: id(1 + ((n * 13 + l) % PEOPLE)), video: id(n) })),
);
await fill(Subscription, PEOPLE, (n) => ten((k) => ({ subscriber: id(n), channel: id(1 + ((n + k * 97) % PEOPLE)) })));
await Total.create({ _id: 'publishedVideos', value: videos });
await mongoose.disconnect();

function ten(make) {
  return Array.from({ length: 10 }, (_, at) => make(at + 1));
}

/** Inserts what `make` gives for 1 to `count`, past Mongoose's checks. */
async function fill(model, count, make) {
  await model.init();
  let batch = [];
  for (let n = 1; n <= count; n += 1) {
    batch.push(...make(n));
    if (batch.length < BATCH && n < count) continue;
    await model.collection.insertMany(batch, { ordered: false });
    batch = [];
  }
}
