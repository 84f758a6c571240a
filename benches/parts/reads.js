// Reading: answers a second and what they cost, beside the peers; latency against load; cost against the number of
// videos.

import { ratesRow, ratesTable, ratiosTable } from '../measure/compare.js';
import { load } from '../measure/load.js';
import { figure, table } from '../measure/report.js';
import { median, turnByTurn } from '../measure/rounds.js';
import { chaitube, constant, servers } from '../peers/subjects.js';

export const title = 'Reads';

const CONNECTIONS = 64;
const LOADS = [1, 2, 4, 8, 16, 32, 64, 128];
const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const QUICK_SIZE_MAX = 10_000;
/** Different requests of a case, sent in turn. */
const REQUESTS = 2_000;
/** What every twelfth title has. */
const COMMON_WORD = 'monsoon';

/** What is asked for; `videos` is how many there are. */
const CASES = [
  { name: 'feed, page 1', requests: () => [{ path: '/api/v1/videos' }] },
  { name: 'feed, page 1,000', requests: () => [{ path: '/api/v1/videos?page=1000' }], videosMin: 20_000 },
  {
    name: 'video, anonymous',
    requests: (subject, videos) => some(videos, (n) => ({ path: `/api/v1/videos/${subject.video(n)}` })),
  },
  {
    name: 'video, signed in',
    requests: (subject, videos) =>
      some(videos, (n, at) => ({
        path: `/api/v1/videos/${subject.video(n)}`,
        token: subject.tokens[at % subject.tokens.length],
      })),
  },
  { name: 'channel', requests: () => some(1_000, (n) => ({ path: `/api/v1/users/c/user${n}` })) },
  { name: 'search, a common word', requests: () => [{ path: `/api/v1/videos?query=${COMMON_WORD}` }] },
  {
    name: 'dashboard, 1 % of the videos',
    requests: (subject) => [{ path: '/api/v1/dashboard/stats', token: subject.tokens[0] }],
  },
];

/** So many requests that differ, the same ones each time. */
function some(total, request) {
  return Array.from({ length: Math.min(total, REQUESTS) }, (_, at) => request(1 + ((at * 7_919) % total), at));
}

export async function measure({ videos, quick, folder, draw }) {
  const rounds = quick ? 1 : 3;
  const seconds = quick ? 1 : 4;
  const subjects = await servers({ videos, folder });
  const answer = await (await fetch(`${subjects[0].base}/api/v1/videos`)).text();
  subjects.push(await constant(answer, folder));
  const measured = {};
  for (const { name, requests, videosMin = 0 } of CASES) {
    if (videos < videosMin) continue;
    measured[name] = await turnByTurn(subjects, rounds, async (subject, round) => {
      const asked = requests(subject, videos);
      if (round === 0) await load(subject, asked, { connections: CONNECTIONS, seconds: 1, folder });
      return load(subject, asked, { connections: CONNECTIONS, seconds, folder });
    });
    console.log(ratesRow(name, measured[name]).join(' | '));
  }
  const text = [
    `${figure(videos)} videos; ${CONNECTIONS} connections by wrk on the same machine. Answers a second, and in brackets the processor time of one: of the server and its database together.`,
    ratesTable(subjects, measured),
    ratiosTable(subjects, measured),
    signedIn(subjects, measured),
    mongoNote(),
    await latency(subjects, { seconds, folder, quick, draw }),
  ];
  const costs = new Costs({ seconds: quick ? 1 : 3, folder });
  await costs.measure(subjects[0], videos);
  await costs.measure(subjects[1], videos);
  for (const subject of subjects) await subject.stop();
  for (const size of SIZES.filter((size) => size !== videos && !(quick && size > QUICK_SIZE_MAX))) {
    for (const database of ['sqlite', 'postgres']) {
      const subject = await chaitube({ database, videos: size, folder });
      await costs.measure(subject, size);
      await subject.stop();
    }
  }
  text.push(costs.shown(draw));
  return text.join('\n\n');
}

/** How often a video is answered to those who are signed in, whose views and history are kept. */
function signedIn(subjects, measured) {
  const often = (name, at) => median(measured[name][at], 'perSecond');
  const parts = subjects.map(
    ({ name }, at) => `${(often('video, signed in', at) / often('video, anonymous', at)).toFixed(2)} (${name})`,
  );
  return `Answers a second to a signed-in look at a video, of those to an anonymous one: ${parts.slice(0, -1).join(', ')}.`;
}

function mongoNote() {
  if (process.env.MONGODB_URL) return `MongoDB: ${process.env.MONGODB_ABOUT ?? 'the one of MONGODB_URL'}.`;
  return 'Express + Mongoose was skipped: neither apt nor npm has a MongoDB server for Linux, and MONGODB_URL names none.';
}

/** The feed over more and more connections. */
async function latency(subjects, { seconds, folder, quick, draw }) {
  const lines = subjects.map(({ name }) => ({ name, points: [] }));
  for (const connections of quick ? LOADS.filter((at) => at % 8 === 1 || at === 64) : LOADS) {
    for (const [at, subject] of subjects.entries()) {
      const { perSecond, p99Ms } = await load(subject, [{ path: '/api/v1/videos' }], { connections, seconds, folder });
      lines[at].points.push([perSecond, p99Ms]);
    }
  }
  draw('latency.svg', {
    title: 'Feed, page 1: latency against load',
    x: 'answers a second',
    y: '99th percentile, ms',
    lines,
  });
  return `![Latency against load](results/latency.svg)\n\nFrom left to right 1 to ${LOADS.at(-1)} connections.`;
}

/** What an answer costs at each number of videos. */
class Costs {
  #how;
  /** By case and database, `[videos, µs]`. */
  #lines = new Map();

  constructor(how) {
    this.#how = { connections: 16, ...how };
  }

  async measure(subject, videos) {
    const database = subject.name.replace('Chaitube, ', '');
    for (const { name, requests, videosMin = 0 } of CASES) {
      if (videos < videosMin) continue;
      const asked = requests(subject, videos);
      // A first look at a video is counted, which costs more than the next ones.
      await load(subject, asked, { ...this.#how, seconds: 1 });
      const { processorUs } = await load(subject, asked, this.#how);
      const line = this.#lines.get(`${name}, ${database}`) ?? { name, database, points: [] };
      line.points.push([videos, processorUs]);
      line.points.sort(([one], [other]) => one - other);
      this.#lines.set(`${name}, ${database}`, line);
    }
  }

  shown(draw) {
    const lines = [...this.#lines.values()];
    const sizes = [...new Set(lines.flatMap(({ points }) => points.map(([videos]) => videos)))].sort((a, b) => a - b);
    const rows = lines.map(({ name, database, points }) => [
      `${name}, ${database}`,
      ...sizes.map((size) => figure(points.find(([videos]) => videos === size)?.[1] ?? NaN)),
    ]);
    for (const database of ['SQLite', 'PostgreSQL']) {
      draw(`size-${database.toLowerCase()}.svg`, {
        title: `Cost against size, ${database}`,
        x: 'videos',
        y: 'processor time of an answer, µs',
        lines: lines.filter((line) => line.database === database),
      });
    }
    return [
      'Processor time of an answer in µs, server and database together, 16 connections:',
      table(['', ...sizes.map((size) => `${figure(size)} videos`)], rows),
      '![Cost against size, SQLite](results/size-sqlite.svg)\n![Cost against size, PostgreSQL](results/size-postgresql.svg)',
    ].join('\n\n');
  }
}
