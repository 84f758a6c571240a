// What somebody does on the site from the first account to the last video, by its page alone.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FAILED_REQUESTS, eventually, logIn, nothingToComplain, playsBeyond, visit } from './page.js';
import { PASSWORD, call, videoFile, register, startBrowser, startProgram } from './program.js';

const VIDEO = '-f lavfi -i testsrc2=s=640x360:r=25:d=12,noise=alls=30 -f lavfi -i sine=d=12 -c:v libx264 -pix_fmt yuv420p -b:v 3M -g 25 -c:a aac';
const here = {};
let owner, page, address;

before(async () => {
  here.program = await startProgram();
  here.browser = await startBrowser();
  owner = await visit(here, { allowed: FAILED_REQUESTS });
  ({ page } = owner);
});

after(async () => {
  await here.browser?.close();
  await here.program?.stop();
});

test('a new site invites to make the first account, which is the administrator\'s', async () => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Make the first account' }).click();
  await page.getByText('yours will be the administrator’s').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Asha of the Tests');
  await page.getByLabel('User name').fill('asha');
  await page.getByLabel('E-mail address').fill('asha@example.org');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByRole('link', { name: 'Upload a video' }).waitFor();
  const me = await page.evaluate(async () => (await (await fetch('/api/v1/users/current-user')).json()).data);
  assert.equal(me.role, 'admin');
  const stranger = await visit(here);
  await stranger.page.goto('/');
  await stranger.page.getByRole('main').getByRole('link', { name: 'Log in' }).waitFor();
  assert.equal(await stranger.page.getByRole('link', { name: 'Make the first account' }).count(), 0);
  await stranger.context.close();
});

test('an upload goes on where it was when the server falls over in the middle of it', async () => {
  videoFile(here.program, 'How tea is made.mp4', VIDEO);
  await page.goto('/studio');
  const network = await owner.context.newCDPSession(page);
  const limit = (bytes) =>
    network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes });
  await limit(400_000);
  const offsets = [];
  page.on('request', (request) => request.method() === 'PATCH' && offsets.push(Number(request.headers()['upload-offset'])));
  await page.getByLabel('Choose files').setInputFiles(join(here.program.folder, 'How tea is made.mp4'));
  await page.getByLabel('Description').fill('From the leaf to the cup.');
  await page.getByRole('main').getByRole('button', { name: 'Publish' }).click();
  await page.getByText('will be published as soon as it has arrived').waitFor();
  const sent = (bytes) => page.waitForFunction((wanted) => document.querySelector('.upload progress').value > wanted, bytes);
  await sent(400_000);
  // Only what the server has put down safely outlasts it: by and by, and when a request ends.
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Go on with' }).click();
  await sent(900_000);
  await here.program.kill();
  await here.program.start();
  await limit(-1);
  await page.getByText('Published to your channel').waitFor();
  // A browser may repeat a request whose connection broke by itself.
  assert.ok(offsets.length > 1 && offsets.slice(1).every((offset) => offset > 0), `it went on at ${offsets}`);
  await page.getByRole('list').getByText('Done').first().waitFor();
  await page.getByRole('link', { name: 'Watch', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'How tea is made' }).waitFor();
  address = new URL(page.url()).pathname;
});

test('the video plays as a stream and goes where one seeks', async () => {
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await eventually(async () => {
    await page.goto(address);
    const { hls } = await page.evaluate(async (id) => (await (await fetch(`/api/v1/videos/${id}`)).json()).data, address.split('/').pop());
    assert.ok(hls, 'it has a stream by now');
  });
  await page.goto(address);
  await playsBeyond(page, 0.2);
  assert.ok(asked.some((path) => path.endsWith('/master.m3u8')), `${asked}`);
  await page.getByRole('slider', { name: 'Position' }).fill('9');
  await playsBeyond(page, 9);
  await page.keyboard.press('k');
  await page.waitForFunction(() => document.querySelector('video').paused);
});

test('a visitor comments, likes, subscribes and keeps the video', async () => {
  await register(here.program, 'ravi');
  const visitor = await visit(here, { state: await logIn(here, 'ravi') });
  const { page } = visitor;
  await page.goto(address);
  await page.getByLabel('Write a comment …').fill('What a fine video');
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  const comments = page.getByRole('region', { name: 'Comments' });
  await comments.getByText('What a fine video').waitFor();
  await comments.getByRole('button', { name: 'Edit comment' }).click();
  await comments.getByRole('textbox', { name: 'Edit comment' }).fill('What a very fine video');
  await comments.getByRole('button', { name: 'Save' }).click();
  await comments.getByText('What a very fine video').waitFor();
  await comments.getByText('edited', { exact: true }).waitFor();
  await comments.getByRole('button', { name: 'Delete comment' }).click();
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Delete' }).click();
  await comments.getByText('No comments yet').waitFor();
  await page.getByRole('button', { name: 'Like; has 0 likes' }).click();
  await page.getByRole('button', { name: 'Like; has 1 like', pressed: true }).waitFor();
  await page.getByRole('button', { name: 'Subscribe to Asha of the Tests' }).click();
  await page.getByText('1 subscriber', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByLabel('New playlist').fill('For rainy days');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('checkbox', { name: 'For rainy days', checked: true }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  for (const [place, text] of [['/playlists', 'For rainy days'], ['/history', 'How tea is made'], ['/liked', 'How tea is made'], ['/subscriptions', 'How tea is made']]) {
    await page.goto(place);
    await page.getByRole('main').getByRole('link', { name: text }).first().waitFor();
  }
  nothingToComplain([visitor]);
  await visitor.context.close();
});

test('the owner changes and hides the video without being counted, and strangers no longer find it', async () => {
  const viewsNow = async () => (await page.evaluate(async () => (await (await fetch('/api/v1/dashboard/stats')).json()).data)).totalViews;
  const views = await viewsNow();
  await page.goto(address.replace('/watch/', '/studio/video/'));
  await page.getByLabel('Title').fill('How good tea is made');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Image 2 from the video' }).click();
  await page.getByText('Thumbnail changed').waitFor();
  await page.getByRole('button', { name: 'Hide' }).click();
  await page.getByText('Only you can see this video.').waitFor();
  assert.equal(await viewsNow(), views, 'working on a video is not watching it');
  const stranger = await visit(here, { allowed: FAILED_REQUESTS });
  const response = await stranger.page.goto(address);
  assert.equal(response.status(), 404);
  await stranger.page.getByRole('heading', { name: 'This video is not here' }).waitFor();
  nothingToComplain([stranger]);
  await stranger.context.close();
});

test('what is deleted is gone', async () => {
  await page.goto('/studio');
  await page.getByRole('button', { name: 'Delete “How good tea is made”' }).click();
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No videos yet').waitFor();
  await assert.rejects(call(here.program, 'GET', `/videos/${address.split('/').pop()}`), /not found/);
  nothingToComplain([owner]);
});
