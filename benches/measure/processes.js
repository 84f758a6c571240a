// Starts programs and reads from the kernel what they cost.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** What `/proc` counts processor time in, on every Linux there is. */
const TICK_MS = 10;

/** What has been started and not stopped; it must not outlive this process. */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/** Starts a program and waits for a line of its output that matches; gives the child and what the pattern captured. */
export async function start(command, args, { ready, ...options }) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.ended = new Promise((resolve) => child.once('exit', resolve)).then(() => running.delete(child));
  child.once('error', (error) => console.error(`${command}: ${error.message}`));
  for await (const line of createInterface({ input: child.stdout })) {
    const found = ready.exec(line);
    if (!found) continue;
    child.stdout.resume();
    return { child, found: found[1] };
  }
  throw new Error(`${command} ended before it was ready`);
}

export async function stop(child) {
  child.kill('SIGTERM');
  await child.ended;
}

/** Runs a program to its end; fails if it does. `input` is a text or a stream. */
export async function run(command, args, { input, ...options } = {}) {
  const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (errors += data));
  child.stdin.on('error', () => undefined);
  if (input instanceof Readable) input.pipe(child.stdin);
  else child.stdin.end(input);
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${errors || output}`);
  return output;
}

/** Processor time of these processes and of all they have started, ended ones too, in milliseconds. */
export function processorMs(roots) {
  const [utime, stime, cutime, cstime] = [11, 12, 13, 14];
  const ticks = tree(roots).map(({ fields }) =>
    [utime, stime, cutime, cstime].reduce((sum, at) => sum + Number(fields[at]), 0),
  );
  return ticks.reduce((sum, one) => sum + one, 0) * TICK_MS;
}

/** Memory of these processes and of all they have started that no file stands behind, in MiB. */
export function anonymousMib(roots) {
  const kib = tree(roots).map(({ pid }) => Number(/RssAnon:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}

function tree(roots) {
  const all = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = read(`/proc/${entry}/stat`);
    if (stat) all.set(Number(entry), { pid: Number(entry), fields: stat.slice(stat.lastIndexOf(')') + 2).split(' ') });
  }
  const belongs = (pid) => roots.includes(pid) || (all.has(pid) && pid > 1 && belongs(Number(all.get(pid).fields[1])));
  return [...all.values()].filter(({ pid }) => belongs(pid));
}

/** A process may end at any time. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
