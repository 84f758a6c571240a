// Kills every part of the cluster while people write to it and upload: nothing that was acknowledged is lost, nothing
// wrong is answered, and everything goes on by itself. `make test-cluster` starts the cluster (scripts/cluster.sh).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Log, Person, sha256, sleep } from './client.js';

const BASE = process.env.CLUSTER_WEB;
const IS_SHORT = process.env.CLUSTER_TEST === 'short';
const WRITERS = 6;
const PIECE_BYTES = 300_000;
/** How long each fault is looked at, and the most that recovering may take. */
const LOOK_MS = IS_SHORT ? 6_000 : 15_000;
const RECOVERY_S_MAX = 60;
const PROCESSING_MS_MAX = 10 * 60_000;

const log = new Log();
const people = [];
const tweets = [];
const comments = [];
const videos = [];
const failures = [];
const figures = [];
let folder, film, avatar, subject, isOver = false;

const cluster = (...words) => execFileSync('scripts/cluster.sh', words, { encoding: 'utf8' });
const isRunning = (part) => !cluster('status').includes(`${part} –`);
const picture = (...source) => {
  const file = join(folder, source.at(-1));
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...source.slice(0, -1), file]);
  return readFileSync(file);
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chaitube-cluster-test-'));
  avatar = picture('-f', 'lavfi', '-i', 'testsrc2=size=64x64', '-frames:v', '1', 'a.png');
  film = picture('-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=20', '-f', 'lavfi', '-i', 'sine=duration=20',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest', 'film.mp4');
  for (let number = 0; number < WRITERS; number += 1) people.push(await new Person(BASE, `writer${number}`, log).begin(avatar));
  subject = await upload(people[0], 'What is commented on');
});

after(() => rmSync(folder, { recursive: true, force: true }));

async function upload(person, title) {
  // A file of its own: what is behind the last box of an MP4 is part of the file and means nothing.
  const bytes = Buffer.concat([film, freeBox(title)]);
  const video = await person.upload(bytes, title, PIECE_BYTES);
  videos.push({ person, id: video._id, hash: sha256(bytes) });
  return video._id;
}

function freeBox(text) {
  const box = Buffer.alloc(8 + 64);
  box.writeUInt32BE(box.length, 0);
  box.write('free', 4, 'latin1');
  box.write(`${text} ${Math.random()}`, 8, 'latin1');
  return box;
}

/** Writes and reads what was written, wherever the next request goes. */
async function write(person) {
  for (let number = 0; !isOver; number += 1) {
    const content = `${person.name} ${number}`;
    const { _id } = await person.json('POST', '/api/v1/tweets', { content });
    tweets.push({ person, id: _id, content });
    const mine = await (await person.ask('GET', `/api/v1/tweets/user/${person.id}`)).json();
    if (!JSON.stringify(mine.data).includes(_id)) failures.push(`${person.name} does not find tweet ${number}, just written`);
    const comment = await person.json('POST', `/api/v1/comments/${subject}`, { content });
    comments.push({ id: comment._id });
  }
}

async function keepUploading(person) {
  for (let number = 0; !isOver; number += 1) {
    await upload(person, `Film ${number} of ${person.name}`);
    await sleep(3_000);
  }
}

async function whileWorking(act) {
  isOver = false;
  const done = [...people.map(write), keepUploading(people[1])].map((work) => work.catch((error) => failures.push(String(error))));
  await act();
  isOver = true;
  await Promise.all(done);
}

/** The worker of a job that runs, so that it is killed in the middle. */
async function busyWorker() {
  for (;;) {
    for (const name of ['worker1', 'worker2']) {
      const pid = cluster('status').match(new RegExp(`^${name} (\\d+)`, 'm'))?.[1];
      if (pid && hasTool(pid)) return name;
    }
    await sleep(200);
  }
}

function hasTool(pid) {
  try {
    return execFileSync('pgrep', ['-P', pid], { encoding: 'utf8' }).trim() !== '';
  } catch {
    return false;
  }
}

const primary = () => {
  const at = (number) => cluster('query', number, 'SELECT pg_is_in_recovery()').trim();
  return at('1') === 'f' ? 'postgres1' : 'postgres2';
};

const FAULTS = [
  { name: 'a server', parts: () => ['node1'] },
  { name: 'a worker in the middle of a job', parts: async () => [await busyWorker()] },
  { name: 'the primary database', parts: () => [primary()], startsAgain: true },
  { name: 'an S3 gateway and a volume server', parts: () => ['s3gateway1', 'volume1'] },
  { name: 'a filer', parts: () => ['filer1'] },
  { name: 'the master of the store', parts: () => ['master'] },
  { name: 'the balancer', parts: () => ['balancer'], isNeeded: true },
];

test('parts that are killed take nothing with them', async () => {
  await whileWorking(async () => {
    await sleep(LOOK_MS);
    figures.push({ fault: 'none', 'interruption, s': log.interruption().toFixed(1), writes: log.writes });
    for (const { name, parts, startsAgain, isNeeded } of FAULTS) {
      const killed = await parts();
      log.interruption();
      log.writes = 0;
      for (const part of killed) cluster('kill', part);
      if (isNeeded) for (const part of killed) cluster('start', part);
      await sleep(LOOK_MS);
      const seconds = log.interruption();
      figures.push({ fault: `${name} (${killed})`, 'interruption, s': seconds.toFixed(1), writes: log.writes });
      if (seconds > RECOVERY_S_MAX || log.writes === 0) failures.push(`no recovery after ${name} was killed`);
      if (!startsAgain && !isNeeded) for (const part of killed) cluster('start', part);
      await sleep(LOOK_MS / 2);
    }
  });
  console.table(figures);
  assert.deepEqual(failures, []);
});

const STORE_FAULTS = [
  { name: 'the store takes 800 ms longer', fault: { latency: 800 } },
  { name: 'the store answers a third of the requests with 503 SlowDown', fault: { status: 503, rate: 0.33 } },
  { name: 'the store answers a third of the requests with 500', fault: { status: 500, rate: 0.33 } },
  { name: 'the store breaks off a fifth of its answers', fault: { cuts: true, rate: 0.2 } },
  { name: 'the store answers nothing but 500', fault: { status: 500 } },
];

test('uploads come through while the store is slow or fails', async () => {
  const file = join(process.env.CLUSTER, 'conf/s3-fault.json');
  const rows = [];
  for (const { name, fault } of STORE_FAULTS) {
    const begun = performance.now();
    writeFileSync(file, JSON.stringify(fault));
    const uploading = upload(people[2], name);
    // A store that is away comes back.
    if (fault.rate === undefined && fault.status) {
      await sleep(5_000);
      rmSync(file);
    }
    await uploading;
    rmSync(file, { force: true });
    rows.push({ fault: name, 'upload, s': ((performance.now() - begun) / 1000).toFixed(1) });
  }
  console.table(rows);
});

test('a server that is stopped loses no request', async () => {
  const before = failures.length;
  await whileWorking(async () => {
    await sleep(2_000);
    log.interruption();
    cluster('stop', 'node2');
    await sleep(LOOK_MS);
    const seconds = log.interruption();
    console.log(`stopped server: the longest time without a write was ${seconds.toFixed(1)} s`);
    assert.ok(seconds < RECOVERY_S_MAX);
    cluster('start', 'node2');
    await sleep(3_000);
  });
  assert.equal(failures.length, before, failures.join('\n'));
});

test('all that was acknowledged is there', async () => {
  for (const person of people) {
    const found = new Set();
    for (let page = 1; ; page += 1) {
      const { data } = await (await person.ask('GET', `/api/v1/tweets/user/${person.id}?page=${page}&limit=100`)).json();
      const docs = Array.isArray(data) ? data : data.docs;
      const sizeBefore = found.size;
      for (const tweet of docs) found.add(tweet._id);
      if (docs.length === 0 || found.size === sizeBefore) break;
    }
    const lost = tweets.filter((tweet) => tweet.person === person && !found.has(tweet.id));
    assert.deepEqual(lost.map(({ content }) => content), []);
  }
  const found = new Set();
  for (let page = 1; ; page += 1) {
    const { data } = await (await people[0].ask('GET', `/api/v1/comments/${subject}?page=${page}&limit=100`)).json();
    for (const comment of data.docs) found.add(comment._id);
    if (!data.hasNextPage) break;
  }
  assert.deepEqual(comments.filter(({ id }) => !found.has(id)), []);
  console.log(`${tweets.length} tweets, ${comments.length} comments and ${videos.length} videos were acknowledged and are there`);
});

test('every video becomes a stream, and its file is what was sent', async () => {
  const end = Date.now() + PROCESSING_MS_MAX;
  for (const { person, id, hash } of videos) {
    for (;;) {
      const { data } = await (await person.ask('GET', `/api/v1/videos/${id}`)).json();
      if (data.status === 'ready') break;
      assert.notEqual(data.status, 'failed', `video ${id} failed`);
      assert.ok(Date.now() < end, `video ${id} is still ${data.status}`);
      await sleep(1_000);
    }
    const original = await person.ask('GET', `/api/v1/videos/${id}/original`);
    assert.equal(sha256(Buffer.from(await original.arrayBuffer())), hash);
  }
});

test('every part runs again', () => {
  for (const part of ['node1', 'node2', 'worker1', 'worker2', 'postgres1', 'postgres2']) assert.ok(isRunning(part), part);
});
