// Memory before and after load, and the size of the program.

import { statSync } from 'node:fs';
import { load } from '../measure/load.js';
import { anonymousMib } from '../measure/processes.js';
import { figure, table } from '../measure/report.js';
import { chaitube } from '../peers/subjects.js';

export const title = 'Memory and size';

const SETTLING_MS = 10_000;
const LOG_INS = 500;
const LOG_INS_AT_ONCE = 8;

export async function measure({ videos, quick, folder }) {
  const server = await chaitube({ database: 'sqlite', videos, folder });
  await server.restart();
  const seconds = quick ? 2 : 20;
  const some = Array.from({ length: 1_000 }, (_, at) => server.video(1 + ((at * 7_919) % videos)));
  const under = (requests) => load(server, requests, { connections: 64, seconds, folder });
  const steps = [
    ['idle', () => undefined],
    [`feed, ${seconds} s`, () => under([{ path: '/api/v1/videos' }])],
    [
      `signed-in videos, ${seconds} s`,
      () =>
        under(
          some.map((video, at) => ({
            path: `/api/v1/videos/${video}`,
            token: server.tokens[at % server.tokens.length],
          })),
        ),
    ],
    [
      `likes, ${seconds} s`,
      () =>
        under(
          some.map((video, at) => ({
            method: 'POST',
            path: `/api/v1/likes/toggle/v/${video}`,
            token: server.tokens[at % server.tokens.length],
          })),
        ),
    ],
    [`${quick ? LOG_INS / 10 : LOG_INS} log-ins`, () => logIns(server, quick ? LOG_INS / 10 : LOG_INS)],
  ];
  const rows = [];
  let idle = 0;
  for (const [name, step] of steps) {
    await step();
    await new Promise((resolve) => setTimeout(resolve, quick ? SETTLING_MS / 10 : SETTLING_MS));
    const mib = anonymousMib(server.pids);
    idle ||= mib;
    rows.push([name, figure(mib), figure(mib - idle)]);
  }
  await server.stop();
  const mib = statSync(process.env.CHAITUBE_BIN).size / 2 ** 20;
  return [
    `Anonymous memory in MiB, ten seconds after each load over 64 connections, one load after the other; SQLite, ${figure(videos)} videos.`,
    table(['after', 'MiB', 'above idle'], rows),
    `The program is ${figure(mib)} MiB (${figure(mib * 1.048576)} MB).`,
  ].join('\n\n');
}

async function logIns(server, count) {
  let left = count;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await server.logIn(`user${1 + (left % 64)}`);
    }
  };
  await Promise.all(Array.from({ length: LOG_INS_AT_ONCE }, one));
}
