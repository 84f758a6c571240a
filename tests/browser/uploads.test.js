// Resumable uploads with the client that front ends use, over a network that fails.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Upload } from 'tus-js-client';
import { call, videoFile, register, startProgram } from './program.js';

let program, token;

before(async () => {
  program = await startProgram();
  token = await register(program, 'asha');
});

after(() => program?.stop());

/** A way to the program on which every connection is cut after a random number of bytes, `times` times in all. */
async function unreliableWay(times) {
  const { hostname, port } = new URL(program.base);
  const way = { cuts: 0 };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let left = way.cuts < times ? Math.floor(Math.random() * 400_000) : Infinity;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (piece) => {
      if (piece.length >= left) {
        way.cuts += 1;
        upstream.write(piece.subarray(0, left), end);
        left = Infinity;
        return;
      }
      left -= piece.length;
      upstream.write(piece);
    });
    upstream.on('data', (piece) => client.write(piece));
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  way.port = server.address().port;
  way.close = () => server.close();
  return way;
}

/** Uploads with the stock client and gives the upload's address. */
function upload(bytes, options) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      retryDelays: Array.from({ length: 60 }, () => 20),
      headers: { authorization: `Bearer ${token}`, host: new URL(program.base).host },
      metadata: { filename: 'tea.mp4', filetype: 'video/mp4' },
      onSuccess: () => resolve(upload.url),
      onError: reject,
      ...options,
    });
    upload.start();
  });
}

for (const [name, options] of Object.entries({
  'in one request': {},
  'in pieces': { chunkSize: 150_000 },
  'with the first piece in the first request': { chunkSize: 150_000, uploadDataDuringCreation: true },
})) {
  test(`tus-js-client ${name}, with connections cut at random`, async () => {
    const way = await unreliableWay(12);
    const source = videoFile(program, `${name.replaceAll(' ', '-')}.mp4`, '-f lavfi -i testsrc2=s=640x360:r=25:d=4,noise=alls=60 -c:v libx264 -b:v 8M');
    const bytes = Buffer.from(await source.arrayBuffer());
    assert.ok(bytes.length > 2_000_000, `${bytes.length}`);
    const address = await upload(bytes, { endpoint: `http://127.0.0.1:${way.port}/api/v1/uploads`, ...options });
    way.close();
    assert.ok(way.cuts >= 8, `only ${way.cuts} connections were cut`);
    const uploadId = address.split('/').pop();
    const json = { uploadId, title: name, description: 'A video' };
    const video = await call(program, 'POST', '/videos', { token, json });
    const stored = Buffer.from(await (await fetch(video.videoFile)).arrayBuffer());
    const digest = (content) => createHash('sha256').update(content).digest('hex');
    assert.equal(digest(stored), digest(bytes));
  });
}

test('tus-js-client stops at what the server refuses, and tells why', async () => {
  const endpoint = `${program.base}/api/v1/uploads`;
  const refused = upload(Buffer.alloc(100_000, 'no video '), { endpoint, retryDelays: [] });
  await assert.rejects(refused, /Unsupported file type/);
});

test('tus-js-client ends an upload', async () => {
  const endpoint = `${program.base}/api/v1/uploads`;
  const headers = { authorization: `Bearer ${token}` };
  const begun = await fetch(endpoint, {
    method: 'POST',
    headers: { ...headers, 'tus-resumable': '1.0.0', 'upload-length': '1000' },
  });
  const address = new URL(begun.headers.get('location'), program.base).href;
  await Upload.terminate(address, { headers, retryDelays: [] });
  assert.equal((await fetch(address, { headers })).status, 410);
});
