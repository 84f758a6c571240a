// Uploads by the page: pausing, reloading, several at once, and videos that the server refuses.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAILED_REQUESTS, logIn, nothingToComplain, visit } from './page.js';
import { videoFile, scene } from './program.js';

const NOISE = '-f lavfi -i testsrc2=s=640x360:r=25:d=6,noise=alls=60 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 4M';
const SMALL = '-f lavfi -i testsrc2=s=320x180:r=25:d=2 -c:v libx264 -pix_fmt yuv420p';

const here = scene({}, async () => {
  here.state = await logIn(here, 'asha');
  videoFile(here.program, 'large.mp4', NOISE);
});

const path = (name) => join(here.program.folder, name);

/** The studio, over a line that takes so many bytes a second. */
async function studio(uploadThroughput, options) {
  const own = await visit(here, { state: here.state, ...options });
  const network = await own.context.newCDPSession(own.page);
  own.limit = (bytes) =>
    network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes });
  await own.limit(uploadThroughput);
  own.offsets = [];
  own.page.on('request', (request) => request.method() === 'PATCH' && own.offsets.push(Number(request.headers()['upload-offset'])));
  await own.page.goto('/studio');
  return own;
}

const sent = (page, bytes) => page.waitForFunction((wanted) => document.querySelector('.upload progress')?.value > wanted, bytes);

test('an upload pauses and goes on, and after a reload the same file goes on, too', async () => {
  const own = await studio(300_000);
  const { page } = own;
  await page.getByLabel('Choose files').setInputFiles(path('large.mp4'));
  await page.getByLabel('Description').fill('Seen before the reload');
  await sent(page, 300_000);
  await page.getByRole('button', { name: 'Pause “large.mp4”' }).click();
  await page.getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Go on with “large.mp4”' }).click();
  await sent(page, 700_000);
  await page.reload();
  await page.getByRole('heading', { name: 'Unfinished uploads' }).waitFor();
  await own.limit(-1);
  await page.getByLabel('Choose files').setInputFiles(path('large.mp4'));
  assert.equal(await page.getByLabel('Description').inputValue(), 'Seen before the reload');
  await page.getByText('Arrived; say what it is to finish').waitFor();
  assert.equal(own.offsets.length, 3);
  assert.ok(0 < own.offsets[1] && own.offsets[1] < own.offsets[2], `it went on at ${own.offsets}`);
  await page.getByRole('main').getByRole('button', { name: 'Publish' }).click();
  await page.getByText('Published to your channel').waitFor();
  nothingToComplain([own]);
  await own.context.close();
});

test('several videos at once, and how far the work on them is by events', async () => {
  const own = await studio(-1);
  const { page } = own;
  const polled = [];
  page.on('request', (request) => /\/processing$/.test(request.url()) && polled.push(request.url()));
  for (const name of ['one.mp4', 'two.mp4', 'three.mp4']) videoFile(here.program, name, SMALL);
  await page.getByLabel('Choose files').setInputFiles(['one.mp4', 'two.mp4', 'three.mp4'].map(path));
  const cards = page.locator('.upload');
  assert.equal(await cards.count(), 3);
  for (const card of await cards.all()) {
    await card.getByLabel('Description').fill('One of three');
    await card.getByRole('button', { name: 'Publish' }).click();
  }
  for (let at = 0; at < 3; at += 1) {
    await cards.nth(at).getByText('Published to your channel').waitFor();
    await cards.nth(at).getByText('Done').nth(2).waitFor({ timeout: 60_000 });
  }
  assert.ok(polled.length <= 9, `events told it, ${polled.length} questions were asked besides`);
  nothingToComplain([own]);
  await own.context.close();
});

test('what the server refuses is told in its own words', async () => {
  const own = await studio(-1, { allowed: FAILED_REQUESTS });
  const { page } = own;
  writeFileSync(path('letter.mp4'), 'Dear reader, this is no video. '.repeat(5_000));
  await page.getByLabel('Choose files').setInputFiles(path('letter.mp4'));
  await page.getByRole('alert').getByText(/Unsupported file type/).waitFor();
  await page.getByRole('button', { name: 'Take “letter.mp4” off the list' }).click();
  writeFileSync(path('letter.txt'), 'This one not even says that it is.');
  await page.getByLabel('Choose files').setInputFiles(path('letter.txt'));
  await page.getByText('Only video and audio files can be uploaded').waitFor();
  assert.equal(await page.locator('.upload').count(), 0);
  nothingToComplain([own]);
  await own.context.close();
});

test('work that is stopped says so, and can be begun again', async () => {
  const own = await studio(-1);
  const { page } = own;
  videoFile(here.program, 'long.mp4', '-f lavfi -i testsrc2=s=1280x720:r=25:d=40 -c:v libx264 -preset ultrafast -pix_fmt yuv420p');
  await page.getByLabel('Choose files').setInputFiles(path('long.mp4'));
  await page.getByLabel('Description').fill('It takes a while');
  await page.getByRole('main').getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('button', { name: 'Stop processing' }).click();
  await page.getByText('Stopped').first().waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Stop processing' }).waitFor();
  await page.getByRole('button', { name: 'Stop processing' }).click();
  await page.getByText('Stopped').first().waitFor();
  nothingToComplain([own]);
  await own.context.close();
});
