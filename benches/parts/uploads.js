// Uploading a large video by form and by tus, beside a copy of the file that waits for the disk.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { processorMs, run } from '../measure/processes.js';
import { figure, percent, table } from '../measure/report.js';
import { median, spread, turnByTurn } from '../measure/rounds.js';
import { chaitube } from '../peers/subjects.js';
import { largeVideo } from './bytes.js';

export const title = 'Uploads';

const MIB = 1024 * 1024;

export async function measure({ quick, folder }) {
  const mib = quick ? 64 : 1024;
  const server = await chaitube({ database: 'sqlite', folder });
  const file = await largeVideo(folder, mib * MIB);
  const ways = [
    { name: '`cp`, then `sync` of the file', send: () => copy(file, join(folder, 'copy.mp4')) },
    { name: 'form', send: () => byForm(server, file) },
    { name: 'tus, one request', send: () => byTus(server, file, mib * MIB) },
  ];
  const measured = await turnByTurn(ways, quick ? 1 : 5, async ({ send }) => {
    const before = processorMs(server.pids);
    const begun = performance.now();
    const clear = await send();
    const seconds = (performance.now() - begun) / 1000;
    const spentMs = processorMs(server.pids) - before;
    await clear();
    await run('sync', []);
    return { mibPerSecond: mib / seconds, spentMs };
  });
  await server.stop();
  const base = median(measured[0], 'mibPerSecond');
  const rows = ways.map(({ name }, at) => {
    const rate = median(measured[at], 'mibPerSecond');
    const spent = at === 0 ? '' : figure(median(measured[at], 'spentMs') * (1024 / mib));
    return [
      name,
      `${figure(rate)} ${percent(spread(measured[at], 'mibPerSecond'))}`,
      `**${(rate / base).toFixed(2)}**`,
      spent,
    ];
  });
  return [
    `${mib} MiB, sent by curl over loopback, to the answer.`,
    table(['', 'MiB/s', 'of cp', 'server, processor ms per GiB'], rows),
  ].join('\n\n');
}

async function copy(from, to) {
  await run('cp', ['--reflink=never', '--sparse=never', from, to]);
  await run('sync', [to]);
  return () => rmSync(to);
}

const curl = (server, ...args) =>
  run('curl', ['--silent', '--show-error', '--fail', '-H', `Authorization: Bearer ${server.tokens[0]}`, ...args]);

async function byForm(server, file) {
  const fields = ['-F', 'title=Large', '-F', 'description=Of many bytes', '-F', `videoFile=@${file};type=video/mp4`];
  const answer = await curl(server, '-H', 'Expect:', ...fields, `${server.base}/api/v1/videos`);
  const { _id } = JSON.parse(answer).data;
  return () => curl(server, '-X', 'DELETE', `${server.base}/api/v1/videos/${_id}`);
}

async function byTus(server, file, bytes) {
  const resumable = ['-H', 'Tus-Resumable: 1.0.0'];
  const begun = await curl(
    server,
    ...resumable,
    '-X',
    'POST',
    '-H',
    `Upload-Length: ${bytes}`,
    '-D',
    '-',
    '-o',
    '/dev/null',
    `${server.base}/api/v1/uploads`,
  );
  const address = new URL(/^location: (\S+)/im.exec(begun)[1], server.base).href;
  const offset = ['-H', 'Upload-Offset: 0', '-H', 'Content-Type: application/offset+octet-stream', '-H', 'Expect:'];
  await curl(server, ...resumable, '-X', 'PATCH', ...offset, '-T', file, address);
  return () => curl(server, ...resumable, '-X', 'DELETE', address);
}
