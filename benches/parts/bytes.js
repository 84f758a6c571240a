// Ranges and whole files, beside nginx with sendfile.

import { createWriteStream, openAsBlob, readFileSync, readdirSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { load } from '../measure/load.js';
import { figure, percent, table } from '../measure/report.js';
import { median, spread, turnByTurn } from '../measure/rounds.js';
import { call, chaitube, ffmpeg, nginx } from '../peers/subjects.js';

export const title = 'Bytes';

const KIB = 1024;
const MIB = 1024 * KIB;
const REQUESTS = 1_000;

export async function measure({ quick, folder }) {
  const size = quick ? 32 * MIB : 256 * MIB;
  const own = await chaitube({ database: 'sqlite', folder });
  const path = await largeVideo(folder, size);
  const form = new FormData();
  for (const [key, value] of Object.entries({ title: 'Large', description: 'Of many bytes' })) form.set(key, value);
  form.set('videoFile', await openAsBlob(path), 'large.mp4');
  const video = await call(own.base, 'POST', '/videos', { body: form, token: own.tokens[0] });
  own.file = new URL(video.videoFile).pathname;
  const other = await nginx(largest(join(own.data, 'media')), folder);
  other.file = '/video.mp4';

  const rows = [];
  for (const bytes of [4 * KIB, 64 * KIB, MIB, size]) {
    const measured = await turnByTurn([own, other], quick ? 1 : 5, (subject) => {
      const requests = Array.from({ length: REQUESTS }, (_, at) => {
        const from = (at * 7_919 * 4_096) % Math.max(1, size - bytes);
        return { path: subject.file, range: bytes === size ? '' : `bytes=${from}-${from + bytes - 1}` };
      });
      return load(subject, requests, { connections: bytes === size ? 4 : 64, seconds: quick ? 1 : 4, folder });
    });
    const [ours, theirs] = measured.map((results) => median(results, 'mibPerSecond'));
    const [spent, spentThere] = measured.map((results) => median(results, 'processorMsPerGib'));
    const name =
      bytes === size ? `whole, ${size / MIB} MiB` : bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`;
    const rates = measured.map(
      (results, at) => `${figure([ours, theirs][at])} ${percent(spread(results, 'mibPerSecond'))}`,
    );
    rows.push([
      name,
      ...rates,
      `**${(ours / theirs).toFixed(2)}**`,
      figure(spent),
      figure(spentThere),
      (spent / spentThere).toFixed(1),
    ]);
    console.log(rows.at(-1).join(' | '));
  }
  await other.stop();
  await own.stop();
  const head = [
    'Range',
    'Chaitube, MiB/s',
    'nginx, MiB/s',
    'ratio',
    'Chaitube, processor ms per GiB',
    'nginx',
    'ratio',
  ];
  return [`At random places of one public video, 64 connections (whole: 4).`, table(head, rows)].join('\n\n');
}

/** A video of which most is a box that players skip, filled with noise. */
export async function largeVideo(folder, bytes) {
  const small = join(folder, 'small.mp4');
  await ffmpeg('-f lavfi -i testsrc2=s=320x180:r=25:d=2 -pix_fmt yuv420p', small);
  const start = readFileSync(small);
  const path = join(folder, 'large.mp4');
  const file = createWriteStream(path);
  file.write(start);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(bytes - start.length, 0);
  header.write('free', 4);
  file.write(header);
  let left = bytes - start.length - 8;
  const noise = randomBytes(MIB);
  while (left > 0) {
    const piece = noise.subarray(0, Math.min(left, MIB));
    if (!file.write(piece)) await new Promise((resolve) => file.once('drain', resolve));
    left -= piece.length;
  }
  await new Promise((resolve) => file.end(resolve));
  return path;
}

function largest(folder) {
  const files = readdirSync(folder, { recursive: true }).map((entry) => join(folder, entry));
  return files.sort((one, other) => statSync(other).size - statSync(one).size)[0];
}
