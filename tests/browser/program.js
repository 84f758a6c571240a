// Starts the real program on a place of its own, Chromium to look at it, and videos to look at.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

export const PASSWORD = 'correct horse battery staple';
const PATIENCE_MS = 120_000;
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** A running server. `stop()` ends it and removes what it kept; `kill()` and `start()` are a crash and what comes after. */
export async function startProgram(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'chaitube-browser-'));
  const environment = {
    PATH: process.env.PATH,
    DATA_DIR: join(folder, 'data'),
    RATE_LIMIT: 'off',
    LOG: 'warn',
    ...databaseSetting(),
    ...settings,
  };
  let child, ended;
  const start = async (port, changed) => {
    child = spawn(process.env.CHAITUBE_BIN, [], {
      cwd: folder,
      env: { ...environment, PORT: port, ...changed },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ended = new Promise((resolve) => child.once('exit', resolve));
    return Promise.race([
      announcedAddress(child),
      ended.then((code) => Promise.reject(new Error(`the program ended with ${code}`))),
    ]);
  };
  const end = async (signal) => {
    child.kill(signal);
    await ended;
  };
  const base = await start('0');
  return {
    base,
    folder,
    kill: () => end('SIGKILL'),
    /** At the address it had, with other settings for this once. */
    start: (changed) => start(new URL(base).port, changed),
    async stop() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true });
    },
  };
}

async function announcedAddress(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /Chaitube is at (\S+)/.exec(line);
    if (found) return found[1];
  }
  throw new Error('the program printed no address');
}

/** On PostgreSQL every program has a schema of its own, which goes with the throwaway server. */
function databaseSetting() {
  const server = process.env.CHAITUBE_TEST_DATABASE_URL;
  if (!server) return {};
  const schema = `browser_${process.pid}_${Date.now()}`;
  execFileSync('psql', ['--quiet', server, '-c', `CREATE SCHEMA ${schema}`]);
  return { DATABASE_URL: `${server}${server.includes('?') ? '&' : '?'}options=-c%20search_path%3D${schema}` };
}

export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: CHROMIUM_FLAGS });
}

/** What ffmpeg makes of these arguments, as a file in the program's folder. */
export function videoFile(program, name, options) {
  const path = join(program.folder, name);
  execFileSync('ffmpeg', ['-nostdin', '-loglevel', 'error', ...options.split(' '), path]);
  return new Blob([readFileSync(path)]);
}

/** Calls the API and gives the response's `data`; fails when the response is a failure. */
export async function call(program, method, path, { token, form, json } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (json) headers['content-type'] = 'application/json';
  const body = form ?? (json && JSON.stringify(json));
  const response = await fetch(`${program.base}/api/v1${path}`, { method, headers, body });
  const envelope = await response.json();
  if (!envelope.success) throw new Error(`${method} ${path}: ${envelope.message}`);
  return envelope.data;
}

/** The program, Chromium and somebody who is logged in, for all tests of a file; `arrange` adds what else they need. */
export function scene(settings, arrange) {
  const parts = {};
  before(async () => {
    parts.program = await startProgram(settings);
    parts.browser = await startBrowser();
    parts.token = await register(parts.program, 'asha');
    await arrange?.();
  });
  after(async () => {
    await parts.browser?.close();
    await parts.program?.stop();
  });
  return parts;
}

/** Makes a video of these ffmpeg options, which may take several runs, uploads it and gives the video. */
export async function publish({ program, token }, name, options, isPublished = true) {
  const form = new FormData();
  form.set('title', name);
  form.set('description', 'A video');
  form.set('isPublished', String(isPublished));
  form.set('videoFile', videoFile(program, `${isPublished}-${name}`, options), name);
  // Making the video has blocked this process; connections that idled too long are noticed only now.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return call(program, 'POST', '/videos', { token, form });
}

/** The video once its stream is whole. */
export async function settled({ program, token }, id) {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE_MS; ) {
    const video = await call(program, 'GET', `/videos/${id}`, { token });
    if (video.status !== 'processing') return video;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('it is processed for ever');
}

/** An empty page of the server's own, for Chromium reads playlists of other origins only with CORS; and what it was
 * refused. */
export async function blankPage({ program, browser }) {
  const page = await browser.newPage();
  await page.route('**/blank', (route) => route.fulfill({ contentType: 'text/html', body: '<body></body>' }));
  await page.goto(`${program.base}/blank`);
  const refused = [];
  page.on('response', (response) => response.status() >= 400 && refused.push(response.url()));
  return { page, refused };
}

/** Registers somebody and gives their access token. */
export async function register(program, username) {
  const form = new FormData();
  form.set('username', username);
  form.set('fullName', `${username} of the Tests`);
  form.set('email', `${username}@example.org`);
  form.set('password', PASSWORD);
  form.set('avatar', videoFile(program, `${username}.png`, '-f lavfi -i testsrc=s=64x64 -frames:v 1'), 'avatar.png');
  await call(program, 'POST', '/users/register', { form });
  const { accessToken } = await call(program, 'POST', '/users/login', { json: { username, password: PASSWORD } });
  return accessToken;
}
