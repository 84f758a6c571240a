// Puts a server under load with wrk.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processorMs, run } from './processes.js';

const SCRIPT = new URL('load.lua', import.meta.url).pathname;

/**
 * Sends requests in turn over so many connections, each of which waits for its answer. A request has a `path`, and
 * may have a `method`, a `token`, a `range` and a `body`.
 */
export async function load(subject, requests, { connections, seconds, folder }) {
  await check(subject, requests[0]);
  const file = join(folder, 'requests');
  const line = ({ method = 'GET', path, token = '', range = '', body = '' }) =>
    [method, path, token, range, body].join('\t');
  writeFileSync(file, requests.map(line).join('\n') + '\n');
  const before = processorMs(subject.pids);
  const output = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '20s',
    '-s',
    SCRIPT,
    subject.base,
    '--',
    file,
  ]);
  const spentMs = processorMs(subject.pids) - before;
  const { requests: answers, bytes, us, failed, p50, p99 } = JSON.parse(output.trim().split('\n').at(-1));
  if (failed > answers / 100) throw new Error(`${subject.name}: ${failed} of ${answers} answers were errors`);
  return {
    perSecond: answers / (us / 1e6),
    mibPerSecond: bytes / 2 ** 20 / (us / 1e6),
    /** Of server and database together, for one answer. */
    processorUs: (spentMs * 1000) / answers,
    processorMsPerGib: spentMs / (bytes / 2 ** 30),
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
  };
}

/** Errors are answered fast, and would look like a record. */
async function check({ name, base }, { method = 'GET', path, token, range, body }) {
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(range && { range }),
    ...(body && { 'content-type': 'application/json' }),
  };
  const response = await fetch(base + path, { method, headers, body });
  if (!response.ok)
    throw new Error(`${name}: ${method} ${path} was answered with ${response.status} ${await response.text()}`);
  await response.body.cancel();
}
