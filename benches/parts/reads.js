// Reading: answers a second and what they cost, beside the peers; latency against load; cost against the number of
// videos.

import { load } from '../measure/load.js';
import { figure, percent, table } from '../measure/report.js';
import { median, spread, turnByTurn } from '../measure/rounds.js';
import { chaitube, constant, expressMongoose, expressPg } from '../peers/subjects.js';

export const title = 'Reads';

const CONNECTIONS = 64;
const LOADS = [1, 2, 4, 8, 16, 32, 64, 128];
const SIZES = [1_000, 10_000, 100_000, 1_000_000];
/** Different requests of a case, sent in turn. */
const REQUESTS = 2_000;
/** What every twelfth title has. */
const COMMON_WORD = 'monsoon';

/** What is asked for; `videos` is how many there are. Without `isFast`, few requests are enough. */
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
  const subjects = [
    await chaitube({ database: 'sqlite', videos, folder }),
    await chaitube({ database: 'postgres', videos, folder }),
    await expressPg({ videos }),
    ...(process.env.MONGODB_URL ? [await expressMongoose({ videos })] : []),
  ];
  const answer = await (await fetch(`${subjects[0].base}/api/v1/videos`)).text();
  subjects.push(await constant(answer, folder));
  const rows = [];
  for (const { name, requests, videosMin = 0 } of CASES) {
    if (videos < videosMin) continue;
    const measured = await turnByTurn(subjects, rounds, async (subject, round) => {
      const asked = requests(subject, videos);
      if (round === 0) await load(subject, asked, { connections: CONNECTIONS, seconds: 1, folder });
      return load(subject, asked, { connections: CONNECTIONS, seconds, folder });
    });
    rows.push([name, ...measured.map(cell)]);
    console.log(rows.at(-1).join(' | '));
  }
  const text = [
    `${figure(videos)} videos; ${CONNECTIONS} connections by wrk on the same machine. Answers a second, and in brackets the processor time of one: of the server and its database together.`,
    table(['', ...subjects.map(({ name }) => name)], rows),
    mongoNote(),
    await latency(subjects, { seconds, folder, quick, draw }),
  ];
  for (const subject of subjects) await subject.stop();
  text.push(await sizes({ most: videos, seconds: quick ? 1 : 3, folder, draw }));
  return text.join('\n\n');
}

const cell = (results) =>
  `${figure(median(results, 'perSecond'))} ${percent(spread(results, 'perSecond'))} (${figure(median(results, 'processorUs'))} µs)`;

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
async function sizes({ most, seconds, folder, draw }) {
  const lines = new Map();
  for (const videos of SIZES.filter((size) => size <= most)) {
    for (const database of ['sqlite', 'postgres']) {
      const subject = await chaitube({ database, videos, folder });
      for (const { name, requests, videosMin = 0 } of CASES) {
        if (videos < videosMin) continue;
        const { processorUs } = await load(subject, requests(subject, videos), { connections: 16, seconds, folder });
        const line = `${name}, ${database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`;
        lines.set(line, [...(lines.get(line) ?? []), [videos, processorUs]]);
      }
      await subject.stop();
    }
  }
  const rows = [...lines].map(([name, points]) => [
    name,
    ...SIZES.map((size) => figure(points.find(([at]) => at === size)?.[1] ?? NaN)),
  ]);
  for (const [file, database] of [
    ['size-sqlite.svg', 'SQLite'],
    ['size-postgres.svg', 'PostgreSQL'],
  ]) {
    const shown = [...lines]
      .filter(([name]) => name.endsWith(database))
      .map(([name, points]) => ({ name: name.replace(`, ${database}`, ''), points }));
    draw(file, {
      title: `Cost against size, ${database}`,
      x: 'videos',
      y: 'processor time of an answer, µs',
      lines: shown,
    });
  }
  return [
    'Processor time of an answer in µs, server and database together, 16 connections:',
    table(['', ...SIZES.map((size) => `${figure(size)} videos`)], rows),
    '![Cost against size, SQLite](results/size-sqlite.svg)\n![Cost against size, PostgreSQL](results/size-postgres.svg)',
  ].join('\n\n');
}
