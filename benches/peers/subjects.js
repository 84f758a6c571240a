// The servers that are measured, each with the same videos. A subject has a `base`, the `pids` whose processor time
// counts (its own and its database's), and `video`, `username` and `tokens` to make requests with.

import { createHmac } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdtempSync,
  openAsBlob,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run, start, stop } from '../measure/processes.js';

const HERE = new URL('.', import.meta.url).pathname;
const DATA = join(HERE, '../data');
const PASSWORD = 'correct horse battery staple';
const TOKEN_SECRET = 'for measuring only';
/** The tables of the search index, and which of their columns are bytes. */
const INDEX = {
  search_state: ['id', 'current'],
  search_words: ['id', 'generation', 'kind', 'word', 'start1', 'start2', 'documents', 'magnitude'],
  search_near: ['generation', 'kind', 'form', 'word_id'],
  search_documents: ['generation', 'kind', 'number', 'subject_id', 'words'],
  search_postings: ['place', 'postings'],
};
const BYTES = ['subject_id', 'words', 'postings'];
/** People who are signed in. */
const PEOPLE = 64;
const POSTGRES = process.env.CHAITUBE_TEST_DATABASE_URL;
const LISTENING = /listening on (\S+)/;

/** Chaitube on both databases, and those that have the same API, each with so many videos. */
export async function servers({ videos, folder }) {
  return [
    await chaitube({ database: 'sqlite', videos, folder }),
    await chaitube({ database: 'postgres', videos, folder }),
    await expressPg({ videos }),
    ...(process.env.MONGODB_URL ? [await expressMongoose({ videos })] : []),
  ];
}

/** Chaitube with so many videos; with none it has one account and nothing else. */
export async function chaitube({ database, videos = 0, folder, settings = {} }) {
  const data = mkdtempSync(join(folder, 'chaitube-'));
  const url = database === 'postgres' ? await newDatabase(`chaitube_${videos}_${Date.now()}`) : undefined;
  const environment = {
    PATH: process.env.PATH,
    DATA_DIR: data,
    PORT: '0',
    RATE_LIMIT: 'off',
    LOG: 'warn',
    WORKERS: '0',
    ACCESS_TOKEN_SECRET: `${TOKEN_SECRET}, access`,
    REFRESH_TOKEN_SECRET: `${TOKEN_SECRET}, refresh`,
    ...(url && { DATABASE_URL: url }),
    ...settings,
  };
  const program = process.env.CHAITUBE_BIN;
  const open = () => start(program, [], { env: environment, cwd: data, ready: /Chaitube is at (\S+)/ });
  /** Runs a script of `data/` for this database, with a file of texts if it needs one. */
  const fill = async (script, texts) => {
    if (url) {
      const input = texts ? createReadStream(texts) : undefined;
      const file = join(DATA, `${script}-postgres.sql`);
      await run('psql', ['--quiet', '-v', `videos=${videos}`, '-f', file, url], { input });
    } else {
      if (texts) symlinkSync(texts, join(data, 'texts.tsv'));
      const input = `.parameter set @videos ${videos}\n${readFileSync(join(DATA, `${script}-sqlite.sql`))}`;
      await run('sqlite3', ['-bail', 'chaitube.db'], { cwd: data, input });
    }
  };
  const command = (name) => run(program, [name], { env: environment, cwd: data });
  let { child, found: base } = await open();
  await register(base, data);
  if (videos > 0) {
    await publishOne(base, data);
    await stop(child);
    await fill('chaitube');
    await command('recount');
    ({ child, found: base } = await open());
  }
  const names = videos > 0 ? Array.from({ length: PEOPLE }, (_, at) => `user${at + 1}`) : ['bench'];
  const tokens = await inTurns(names, (username) => logIn(base, username));
  const subject = {
    name: `Chaitube, ${url ? 'PostgreSQL' : 'SQLite'}`,
    base,
    data,
    pids: [child.pid, ...(url ? [postmaster()] : [])],
    tokens,
    logIn: (username) => logIn(subject.base, username),
    video: (number) => Buffer.from(String(number).padStart(12, '0')).toString('hex'),
    /** A process that has not worked yet; whoever is signed in stays so. */
    restart: () => subject.offline(() => undefined),
    fill,
    command,
    /** Does something while the server is stopped. */
    async offline(work) {
      await stop(child);
      const result = await work();
      ({ child, found: subject.base } = await open());
      subject.pids[0] = child.pid;
      return result;
    },
    /** Takes over the search index of another one, on SQLite, with the same videos. */
    async copyIndex(other) {
      for (const [name, columns] of Object.entries(INDEX)) {
        const file = join(data, `${name}.csv`);
        const shown = columns.map((column) => (BYTES.includes(column) ? `'\\x' || hex(${column})` : column));
        const input = `.mode csv\n.once ${file}\nSELECT ${shown.join(', ')} FROM ${name};\n`;
        await run('sqlite3', ['-bail', join(other.data, 'chaitube.db')], { input });
        await run('psql', ['--quiet', '-v', 'ON_ERROR_STOP=1', url], {
          input: `TRUNCATE ${name};\n\\copy ${name} (${columns.join(', ')}) FROM '${file}' (FORMAT csv)\nVACUUM ANALYZE ${name};\n`,
        });
        rmSync(file);
      }
    },
    /** Bytes of the database. */
    async size() {
      if (!url) return statSync(join(data, 'chaitube.db')).size;
      return Number(await run('psql', ['-At', url, '-c', 'SELECT pg_database_size(current_database())']));
    },
    async stop() {
      await stop(child);
      rmSync(data, { recursive: true });
    },
  };
  return subject;
}

/** Express and pg with counters; on the same PostgreSQL server. */
async function expressPg({ videos }) {
  const url = await newDatabase(`express_${videos}_${Date.now()}`);
  await run('psql', ['--quiet', '-v', `videos=${videos}`, '-f', join(DATA, 'express-pg.sql'), url]);
  return express('Express + pg', 'express-pg.js', { DATABASE_URL: url }, [postmaster()], String);
}

/** Express and Mongoose; needs a MongoDB, whose address is in `MONGODB_URL`. */
async function expressMongoose({ videos }) {
  const url = process.env.MONGODB_URL;
  const database = `express_${videos}_${Date.now()}`;
  const address = new URL(url);
  address.pathname = `/${database}`;
  await run(process.execPath, [join(DATA, 'express-mongoose.js'), String(videos)], {
    env: { ...process.env, MONGODB_URL: address.href },
  });
  const id = (number) => String(number).padStart(24, '0');
  const pids = process.env.MONGODB_PID ? [Number(process.env.MONGODB_PID)] : [];
  return express('Express + Mongoose', 'express-mongoose.js', { MONGODB_URL: address.href }, pids, id);
}

async function express(name, script, environment, databasePids, id) {
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', TOKEN_SECRET, ...environment };
  const { child, found: base } = await start(process.execPath, [join(HERE, script)], { env, ready: LISTENING });
  const tokens = Array.from({ length: PEOPLE }, (_, at) => token(id(at + 1)));
  return { name, base, pids: [child.pid, ...databasePids], tokens, video: id, stop: () => stop(child) };
}

/** The least an answer of axum costs: these bytes, whatever is asked. */
export async function constant(answer, folder) {
  const file = join(folder, 'answer.json');
  writeFileSync(file, answer);
  const { child, found: base } = await start(process.env.CONSTANT_BIN, [file], { ready: LISTENING });
  return {
    name: 'constant axum answer',
    base,
    pids: [child.pid],
    tokens: [''],
    video: String,
    stop: () => stop(child),
  };
}

/** nginx with one file, at `/video.mp4`. */
export async function nginx(file, folder) {
  const root = mkdtempSync(join(folder, 'nginx-'));
  await run('ln', [file, join(root, 'video.mp4')]);
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const user = process.getuid() === 0 ? 'user root;' : '';
  writeFileSync(
    join(root, 'nginx.conf'),
    `daemon off; ${user} worker_processes auto; pid ${root}/pid; error_log ${root}/error.log;
     events { worker_connections 256; }
     http { access_log off; sendfile on; tcp_nopush on; types { video/mp4 mp4; }
            client_body_temp_path ${root}; proxy_temp_path ${root}; fastcgi_temp_path ${root};
            uwsgi_temp_path ${root}; scgi_temp_path ${root};
            server { listen 127.0.0.1:${port}; root ${root}; } }`,
  );
  const program = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';
  const shell = `${program} -c ${root}/nginx.conf & until curl -s -o /dev/null http://127.0.0.1:${port}/; do sleep 0.05; done; echo listening on http://127.0.0.1:${port}; wait`;
  const { child, found: base } = await start('sh', ['-c', `trap 'kill $!' TERM; ${shell}`], { ready: LISTENING });
  return { name: 'nginx', file: '/video.mp4', base, pids: [child.pid], stop: () => stop(child) };
}

export async function newDatabase(name) {
  await run('psql', ['--quiet', POSTGRES, '-c', `CREATE DATABASE ${name}`]);
  const url = new URL(POSTGRES);
  url.pathname = `/${name}`;
  return url.href;
}

/** The process that all of PostgreSQL's belong to. */
export function postmaster() {
  return Number(process.env.POSTGRES_PID);
}

/** A JSON web token as the peers check it. */
function token(subject) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: subject, exp: Math.floor(Date.now() / 1000) + 86_400 })}`;
  return `${signed}.${createHmac('sha256', TOKEN_SECRET).update(signed).digest('base64url')}`;
}

async function register(base, folder) {
  const avatar = join(folder, 'avatar.png');
  await ffmpeg('-f lavfi -i testsrc=s=64x64 -frames:v 1', avatar);
  const form = new FormData();
  for (const [key, value] of Object.entries({
    username: 'bench',
    fullName: 'Bench',
    email: 'bench@example.com',
    password: PASSWORD,
  }))
    form.set(key, value);
  form.set('avatar', await openAsBlob(avatar), 'avatar.png');
  await call(base, 'POST', '/users/register', { body: form });
}

async function logIn(base, username) {
  const { accessToken } = await call(base, 'POST', '/users/login', { json: { username, password: PASSWORD } });
  return accessToken;
}

/** The video that all others are made after. */
async function publishOne(base, folder) {
  const video = join(folder, 'video.mp4');
  await ffmpeg('-f lavfi -i testsrc2=s=320x180:r=25:d=2 -pix_fmt yuv420p', video);
  const form = new FormData();
  for (const [key, value] of Object.entries({ title: 'The first', description: 'One to make others after' }))
    form.set(key, value);
  form.set('videoFile', await openAsBlob(video), 'video.mp4');
  await call(base, 'POST', '/videos', { body: form, token: await logIn(base, 'bench') });
}

export const ffmpeg = (options, path) =>
  run('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', ...options.split(' '), path]);

/** Calls Chaitube's API and gives the answer's `data`. */
export async function call(base, method, path, { body, json, token } = {}) {
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(json && { 'content-type': 'application/json' }),
  };
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    headers,
    body: body ?? (json && JSON.stringify(json)),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.message}`);
  return answer.data;
}

async function inTurns(items, work) {
  const results = [];
  for (const item of items) results.push(await work(item));
  return results;
}
