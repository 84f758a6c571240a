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
  const path = await largeVideo(folder, size);
  const subjects = [
    await withVideo(await chaitube({ database: 'sqlite', folder }), path),
    await withVideo(await chaitube({ database: 'postgres', folder }), path),
  ];
  subjects.push(await nginx(largest(join(subjects[0].data, 'media')), folder));

  const rows = [];
  for (const bytes of [4 * KIB, 64 * KIB, MIB, size]) {
    const isWhole = bytes === size;
    const measured = await turnByTurn(subjects, quick ? 1 : 3, (subject) => {
      const requests = Array.from({ length: REQUESTS }, (_, at) => {
        const from = (at * 7_919 * 4_096) % Math.max(1, size - bytes);
        return { path: subject.file, range: isWhole ? '' : `bytes=${from}-${from + bytes - 1}` };
      });
      return load(subject, requests, { connections: isWhole ? 4 : 64, seconds: quick ? 1 : 4, folder });
    });
    const name = isWhole ? `whole, ${size / MIB} MiB` : bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`;
    rows.push([name, ...measured.map((results) => cell(results, measured.at(-1)))]);
    console.log(rows.at(-1).join(' | '));
  }
  for (const subject of subjects) await subject.stop();
  return [
    'At random places of one public video, 64 connections (whole: 4). MiB a second and processor time of a GiB, of server and database together; in brackets how many times that of nginx.',
    table(['Range', ...subjects.map(({ name }) => name)], rows),
  ].join('\n\n');
}

function cell(results, ofNginx) {
  const rate = median(results, 'mibPerSecond');
  const spent = median(results, 'processorMsPerGib');
  const shown = [`${figure(rate)} MiB/s ${percent(spread(results, 'mibPerSecond'))}`, `${figure(spent)} ms/GiB`];
  if (results === ofNginx) return shown.join(', ');
  const times = [rate / median(ofNginx, 'mibPerSecond'), spent / median(ofNginx, 'processorMsPerGib')];
  return shown.map((one, at) => `${one} (**${times[at].toFixed(2)}**)`).join(', ');
}

/** Publishes the video, and remembers where its bytes are served. */
async function withVideo(subject, path) {
  const form = new FormData();
  for (const [key, value] of Object.entries({ title: 'Large', description: 'Of many bytes' })) form.set(key, value);
  form.set('videoFile', await openAsBlob(path), 'large.mp4');
  const video = await call(subject.base, 'POST', '/videos', { body: form, token: subject.tokens[0] });
  return { ...subject, file: new URL(video.videoFile).pathname };
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
