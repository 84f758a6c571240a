// Finding things, at a thousand, a hundred thousand and a million videos: searches beside what databases have for it on
// the same texts, suggestions, what the index costs, and the lists of what one might watch next.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { commonWord, randomNumbers, word, writeTexts } from '../data/texts.js';
import { processorMs, run } from '../measure/processes.js';
import { figure, table } from '../measure/report.js';
import { chaitube, newDatabase, postmaster } from '../peers/subjects.js';
import { fts5, postgresSearches } from '../peers/text-search.js';

export const title = 'Search and recommendations';

const SIZES = [1_000, 100_000, 1_000_000];
const QUICK_SIZE_MAX = 1_000;
/** With more videos the index of PostgreSQL is copied from SQLite's, whose rows are the same: it would take an hour. */
const INDEXED_TWICE_MAX = 100_000;
/** Of each kind. Whoever takes longer than the seconds is asked less often, but not less than the smaller number. */
const TIMES = { most: 300, least: 20, seconds: 20 };
const QUICK_TIMES = { most: 20, least: 5, seconds: 5 };

const several = (count) => (random) => `${Array.from({ length: count }, () => word(random)).join(' ')} `;

/** What people type. A space at the end says that the last word is typed in full. */
const TYPED = [
  { name: 'one word', typed: several(1) },
  { name: 'two words', typed: several(2) },
  { name: 'three words', typed: several(3) },
  { name: 'two of the most frequent words', typed: (random) => `${commonWord(random)} ${commonWord(random)} ` },
  { name: 'three letters', typed: (random) => word(random).slice(0, 3) },
  { name: 'a word and a mistyped one', typed: (random) => `${word(random)} ${mistyped(word(random), random)} `, isMistyped: true },
];

/** With one letter that is wrong. */
function mistyped(text, random) {
  const at = 1 + Math.floor(random() * (text.length - 1));
  return text.slice(0, at) + 'aeioukmx'[Math.floor(random() * 8)] + text.slice(at + 1);
}

/** The lists beside a search. */
const LISTS = [
  { name: 'related videos', request: (subject, videos, n) => ({ path: `/api/v1/videos/${subject.video(1 + ((n * 7_919) % videos))}/related` }) },
  { name: 'home, signed in', request: (subject, _, n) => ({ path: '/api/v1/feed/home', token: subject.tokens[n % subject.tokens.length] }) },
  { name: 'home, anonymous', request: () => ({ path: '/api/v1/feed/home' }) },
  { name: 'shorts', request: () => ({ path: '/api/v1/feed/shorts' }) },
  { name: 'trending', request: () => ({ path: '/api/v1/videos/trending' }) },
  { name: 'videos by `hot`', request: () => ({ path: '/api/v1/videos?sortBy=hot' }) },
];

export async function measure({ quick, folder }) {
  const times = quick ? QUICK_TIMES : TIMES;
  const searches = new Lines();
  const others = new Lines();
  const costs = [];
  for (const videos of SIZES.filter((size) => !quick || size <= QUICK_SIZE_MAX)) {
    const texts = join(folder, 'texts.tsv');
    await writeTexts(texts, videos);
    const [subjects, peers] = await prepare({ videos, texts, folder, costs });
    for (const subject of subjects) await check(subject);
    rmSync(texts);
    for (const { name, typed, isMistyped = false } of TYPED) {
      const able = peers.filter(({ canForgive }) => canForgive || !isMistyped);
      for (const peer of [...subjects.map(searching), ...able]) {
        const random = randomNumbers(3);
        searches.add(name, peer.name, videos, await timed(peer, () => peer.search(typed(random)), times));
      }
      for (const subject of subjects) {
        const random = randomNumbers(5);
        const suggest = () => ask(subject, { path: `/api/v1/search/suggestions?q=${encodeURIComponent(typed(random))}` });
        others.add(`suggestions, ${name}`, subject.name, videos, await timed(searching(subject), suggest, times));
      }
    }
    for (const { name, request } of LISTS) {
      for (const subject of subjects) {
        const measured = await timed(searching(subject), (n) => ask(subject, request(subject, videos, n)), times);
        others.add(name, subject.name, videos, measured);
      }
    }
    for (const one of [...peers, ...subjects]) await one.stop();
    console.log(searches.shown(), others.shown());
  }
  return [
    'Titles of six words and descriptions of forty, of a vocabulary of 60,000 that are as frequent as Zipf says; one connection, one question at a time. Median / 99th percentile in ms, and in brackets the processor time of an answer. Chaitube finds videos, channels, tweets and playlists, and answers over HTTP with whole videos, facets and marked words; the others find the numbers and titles of videos, and nothing comes on top: FTS5 inside SQLite’s shell (which counts in whole ms), the others by prepared statements.',
    searches.shown(),
    'Suggestions, and what one might watch next. Every twentieth video is a short, and a hundred thousand videos were watched together with twenty others:',
    others.shown(),
    'The index, built anew by `chaitube reindex`. That of PostgreSQL with a million videos was copied from SQLite’s, whose rows are the same:',
    table(['', 'processor time of a video, ms', 'seconds', 'MB of it', 'MB of the database before'], costs),
  ].join('\n\n');
}

const searching = (subject) => ({
  name: subject.name,
  search: (typed) => ask(subject, { path: `/api/v1/search?q=${encodeURIComponent(typed)}` }),
  processorMs: () => processorMs(subject.pids),
});

/** Nothing found is found fast. */
async function check({ name, base }) {
  const response = await fetch(`${base}/api/v1/search?limit=20&q=${commonWord(() => 0)}`);
  const { data } = await response.json();
  if (data.docs.length < 20) throw new Error(`${name}: only ${data.docs.length} of the most frequent word were found`);
}

/** How long an answer takes, in ms. */
async function ask({ name, base }, { path, token }) {
  const begun = performance.now();
  const response = await fetch(base + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  const text = await response.text();
  if (!response.ok) throw new Error(`${name}: ${path} was answered with ${response.status} ${text}`);
  return performance.now() - begun;
}

async function timed(subject, once, { most, least, seconds }) {
  await once(0);
  const before = subject.processorMs();
  const begun = performance.now();
  const all = [];
  while (all.length < least || (all.length < most && performance.now() - begun < seconds * 1000))
    all.push(await once(1 + all.length));
  const processor = (subject.processorMs() - before) / all.length;
  all.sort((one, other) => one - other);
  return { p50: all[Math.floor(all.length / 2)], p99: all[Math.floor(all.length * 0.99)], processor };
}

/** Starts all that are asked, with these videos. What the index costs is added to `costs`. */
async function prepare({ videos, texts, folder, costs }) {
  const onPostgres = async () => {
    const subject = await chaitube({ database: 'postgres', videos, folder });
    await subject.offline(() => subject.fill('texts', texts));
    const url = await newDatabase(`texts_${Date.now()}`);
    return [subject, ...(await postgresSearches({ texts, url, postmaster: postmaster() }))];
  };
  const onSqlite = async () => {
    const subject = await chaitube({ database: 'sqlite', videos, folder });
    await subject.offline(() => subject.fill('texts', texts));
    costs.push(await index(subject, videos));
    return [subject, await fts5({ texts, folder })];
  };
  const together = videos > INDEXED_TWICE_MAX;
  const begun = together ? onPostgres() : undefined;
  const [sqlite, ...peers] = await onSqlite();
  const [postgres, ...others] = await (begun ?? onPostgres());
  if (together) await postgres.offline(() => postgres.copyIndex(sqlite));
  else costs.push(await index(postgres, videos));
  return [
    [sqlite, postgres],
    [...peers, ...others],
  ];
}

/** Builds the index: what that took. */
function index(subject, videos) {
  return subject.offline(async () => {
    const before = await subject.size();
    const pids = [process.pid, ...subject.pids.slice(1)];
    const usedBefore = processorMs(pids);
    const begun = performance.now();
    await subject.command('reindex');
    const seconds = (performance.now() - begun) / 1000;
    const used = processorMs(pids) - usedBefore;
    const grown = (await subject.size()) - before;
    const figures = [used / videos, seconds, grown / 1e6, before / 1e6].map(figure);
    return [`${figure(videos)} videos, ${subject.name}`, ...figures];
  });
}

/** What was measured, by what was asked, who was asked, and the number of videos. */
class Lines {
  #lines = new Map();

  add(name, subject, videos, measured) {
    const line = this.#lines.get(`${name}, ${subject}`) ?? new Map();
    line.set(videos, measured);
    this.#lines.set(`${name}, ${subject}`, line);
    console.log(`${name}, ${subject}, ${videos}: ${cell(measured)}`);
  }

  shown() {
    const sizes = [...new Set([...this.#lines.values()].flatMap((line) => [...line.keys()]))];
    const rows = [...this.#lines].map(([name, line]) => [name, ...sizes.map((size) => cell(line.get(size)))]);
    return table(['', ...sizes.map((size) => `${figure(size)} videos`)], rows);
  }
}

const cell = (measured) =>
  measured ? `${figure(measured.p50)} / ${figure(measured.p99)} (${figure(measured.processor)})` : '–';
