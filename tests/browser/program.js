// Starts the real program on a place of its own, and Chromium to look at it.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const PASSWORD = 'correct horse battery staple';
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

/** A running server. `stop()` ends it and removes what it kept. */
export async function startProgram(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'chaitube-browser-'));
  const child = spawn(process.env.CHAITUBE_BIN, [], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      DATA_DIR: join(folder, 'data'),
      PORT: '0',
      RATE_LIMIT: 'off',
      LOG: 'warn',
      ...databaseSetting(),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const base = await Promise.race([
    announcedAddress(child),
    ended.then((code) => Promise.reject(new Error(`the program ended with ${code}`))),
  ]);
  return {
    base,
    folder,
    async stop() {
      child.kill('SIGTERM');
      await ended;
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
export function film(program, name, options) {
  const path = join(program.folder, name);
  execFileSync('ffmpeg', ['-nostdin', '-loglevel', 'error', ...options.split(' '), path]);
  return new Blob([readFileSync(path)]);
}

/** Calls the API and gives the answer's `data`; fails when the answer is a failure. */
export async function call(program, method, path, { token, form, json } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (json) headers['content-type'] = 'application/json';
  const body = form ?? (json && JSON.stringify(json));
  const response = await fetch(`${program.base}/api/v1${path}`, { method, headers, body });
  const answer = await response.json();
  if (!answer.success) throw new Error(`${method} ${path}: ${answer.message}`);
  return answer.data;
}

/** Registers somebody and gives their access token. */
export async function register(program, username) {
  const form = new FormData();
  form.set('username', username);
  form.set('fullName', `${username} of the Tests`);
  form.set('email', `${username}@example.org`);
  form.set('password', PASSWORD);
  form.set('avatar', film(program, 'avatar.png', '-f lavfi -i testsrc=s=64x64 -frames:v 1'), 'avatar.png');
  await call(program, 'POST', '/users/register', { form });
  const { accessToken } = await call(program, 'POST', '/users/login', { json: { username, password: PASSWORD } });
  return accessToken;
}
