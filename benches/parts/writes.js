// Writing: likes and comments, each on the disk before it is answered.

import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ratesRow, ratesTable, ratiosTable } from '../measure/compare.js';
import { load } from '../measure/load.js';
import { figure } from '../measure/report.js';
import { turnByTurn } from '../measure/rounds.js';
import { servers } from '../peers/subjects.js';

export const title = 'Writes';

const REQUESTS = 5_000;
const PAGES = 1_000;
const CASES = [
  { name: 'like', method: 'POST', path: (video) => `/api/v1/likes/toggle/v/${video}` },
  {
    name: 'comment',
    method: 'POST',
    path: (video) => `/api/v1/comments/${video}`,
    body: JSON.stringify({ content: 'It was worth the wait' }),
  },
];

export async function measure({ videos, quick, folder }) {
  const rounds = quick ? 1 : 3;
  const seconds = quick ? 1 : 4;
  const subjects = await servers({ videos, folder });
  const measured = {};
  for (const connections of [1, 64]) {
    for (const { name, method, path, body } of CASES) {
      const shown = `${name}, ${connections} connection${connections > 1 ? 's' : ''}`;
      measured[shown] = await turnByTurn(subjects, rounds, (subject) => {
        const requests = Array.from({ length: REQUESTS }, (_, at) => ({
          method,
          body,
          path: path(subject.video(1 + ((at * 7_919) % videos))),
          token: subject.tokens[at % subject.tokens.length],
        }));
        return load(subject, requests, { connections, seconds, folder });
      });
      console.log(ratesRow(shown, measured[shown]).join(' | '));
    }
  }
  for (const subject of subjects) await subject.stop();
  return [
    `${figure(videos)} videos. Answers a second, and in brackets the processor time of one. PostgreSQL and SQLite wait for the disk, which writes ${figure(synced(folder))} times 4 KiB a second for one writer.`,
    ratesTable(subjects, measured),
    ratiosTable(subjects, measured),
  ].join('\n\n');
}

/** How often a second the disk takes a page for good, within a file that does not grow. */
function synced(folder) {
  const path = join(folder, 'synced');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 7);
  for (let at = 0; at < PAGES; at += 1) writeSync(file, page);
  fdatasyncSync(file);
  let times = 0;
  const begun = performance.now();
  for (; performance.now() - begun < 2_000; times += 1) {
    writeSync(file, page, 0, page.length, (times % PAGES) * page.length);
    fdatasyncSync(file);
  }
  closeSync(file);
  rmSync(path);
  return times / 2;
}
