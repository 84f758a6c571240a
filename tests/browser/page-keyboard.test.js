// The page without a pointer, and the parts that are worked with keys: search, player, playlists.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { eventually, logIn, nothingToComplain, playsBeyond, settle, visit } from './page.js';
import { PASSWORD, call, publish, register, scene, settled } from './program.js';

const VIDEO = '-f lavfi -i testsrc2=s=320x180:r=25:d=20 -f lavfi -i sine=d=20 -c:v libx264 -pix_fmt yuv420p -g 25 -c:a aac';
const TITLES = ['Tea in Assam.mp4', 'Tea in Darjeeling.mp4', 'Coffee in Coorg.mp4'];

const here = scene({}, async () => {
  here.videos = [];
  for (const title of TITLES) here.videos.push(await publish(here, title, VIDEO));
  const ravi = await register(here.program, 'ravi');
  here.playlist = await call(here.program, 'POST', '/playlist', { token: ravi, json: { name: 'Cups', description: 'Of all kinds' } });
  for (const { _id } of here.videos) await call(here.program, 'PATCH', `/playlist/add/${_id}/${here.playlist._id}`, { token: ravi });
  await settled(here, here.videos[0]._id);
  await call(here.program, 'PATCH', `/videos/${here.videos[1]._id}`, { token: here.token, json: { tags: ['second flush'] } });
  await call(here.program, 'PATCH', `/videos/${here.videos[2]._id}`, { token: here.token, json: { tags: ['hill station'] } });
  here.state = await logIn(here, 'ravi');
});

/** Until the search knows the videos and their tags, which it learns in the background. */
const indexed = () =>
  eventually(async () => {
    for (const q of ['assam', 'tag:"second flush"', 'tag:"hill station"']) {
      const { docs } = await call(here.program, 'GET', `/search?q=${encodeURIComponent(q)}`);
      assert.equal(docs.length, 1, q);
    }
  });

/** Presses Tab until the focus is on what is called so, as whoever has no pointer does. */
async function tabTo(page, name, most = 60) {
  const passed = [];
  for (let count = 0; count < most; count += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement: it } = document;
      const outline = getComputedStyle(it);
      const label = it.labels?.[0]?.textContent ?? '';
      return { name: (it.getAttribute('aria-label') ?? (it.textContent || label)).trim(), isSeen: outline.outlineStyle !== 'none' || outline.boxShadow !== 'none' || getComputedStyle(it, '::after').outlineStyle !== 'none' };
    });
    passed.push(focused.name);
    if (focused.name !== name) continue;
    assert.ok(focused.isSeen, `one sees that the focus is on ${name}`);
    return;
  }
  assert.fail(`Tab does not lead to “${name}”, but by ${passed.join(', ')}`);
}

test('logging in, going to a video, playing it and liking it', async () => {
  const own = await visit(here);
  const { page } = own;
  await page.goto('/');
  await settle(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'the first stop skips the bars');
  await page.goto('/login');
  await tabTo(page, 'User name or e-mail address');
  await page.keyboard.type('ravi');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Your account' }).waitFor();
  await settle(page);
  await tabTo(page, 'Tea in Assam.mp4');
  await page.keyboard.press('Enter');
  await playsBeyond(page, 0);
  await page.keyboard.press('k');
  await page.waitForFunction(() => document.querySelector('video').paused);
  await page.keyboard.press('5');
  await page.waitForFunction(() => Math.abs(document.querySelector('video').currentTime - 10) < 0.5);
  await page.keyboard.press('l');
  await page.waitForFunction(() => document.querySelector('video').currentTime > 19);
  await page.keyboard.press('m');
  await page.waitForFunction(() => document.querySelector('video').muted);
  await tabTo(page, 'Like; has 0 likes');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Like; has 1 like', pressed: true }).waitFor();
  await tabTo(page, 'Share');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Share' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Share/, 'the focus is back');
  nothingToComplain([own]);
  await own.context.close();
});

test('the search suggests titles, channels and tags, which the arrows walk', async () => {
  await indexed();
  const own = await visit(here);
  const { page } = own;
  const options = page.getByRole('option');
  const type = async (text) => {
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type(text);
  };
  const take = async (name) => {
    const option = page.getByRole('option', { name });
    await option.waitFor();
    while ((await option.getAttribute('aria-selected')) !== 'true') await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  };
  await page.goto('/posts');
  await settle(page);
  await type('tea in');
  await options.nth(1).waitFor();
  // What has only one of the words may follow.
  const suggested = await options.allTextContents();
  assert.deepEqual(suggested.slice(0, 2).sort(), ['Tea in Assam.mp4', 'Tea in Darjeeling.mp4']);
  const [first] = suggested;
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/search?q=${encodeURIComponent(first)}`);
  await page.getByRole('main').getByRole('link', { name: first }).waitFor();
  await type('hill st');
  await take('hill station');
  await page.waitForURL(`**/search?q=${encodeURIComponent('tag:"hill station"')}`);
  await page.getByRole('main').getByRole('link', { name: 'Coffee in Coorg.mp4' }).waitFor();
  await eventually(async () => assert.equal(await page.getByRole('main').getByRole('article').count(), 1));
  await type('asha');
  await take('asha of the Tests @asha');
  await page.waitForURL('**/channel/asha');
  nothingToComplain([own]);
  await own.context.close();
});

test('recent searches are offered in the empty box, and forgotten on wish', async () => {
  const own = await visit(here);
  const { page } = own;
  const options = page.getByRole('option');
  const offered = (wanted) => eventually(async () => assert.deepEqual(await options.allTextContents(), wanted));
  await page.goto('/posts');
  for (const query of ['chai', 'tea', 'coffee']) {
    await settle(page);
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type(query);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/search?q=${query}`);
  }
  await page.goto('/posts');
  await settle(page);
  await page.keyboard.press('/');
  await offered(['coffee', 'tea', 'chai']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Delete');
  await offered(['coffee', 'chai']);
  await page.getByRole('button', { name: 'Forget “coffee”' }).click();
  await offered(['chai']);
  await tabTo(page, 'Clear recent searches');
  await page.keyboard.press('Enter');
  await offered([]);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  nothingToComplain([own]);
  await own.context.close();
});

test('a mistyped search is corrected, and its results are narrowed with chips', async () => {
  await indexed();
  const own = await visit(here);
  const { page } = own;
  const found = page.getByRole('main').getByRole('article').getByRole('heading');
  const finds = (wanted) => eventually(async () => assert.deepEqual((await found.allTextContents()).sort(), wanted));
  await page.goto('/search?q=darjeelinh');
  await finds([TITLES[1]]);
  assert.deepEqual(await found.locator('mark').allTextContents(), ['Darjeeling']);
  await tabTo(page, 'darjeeling');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?q=darjeeling');
  await page.goto('/search?q=tea');
  await finds([TITLES[0], TITLES[1]]);
  await tabTo(page, '#second flush 1');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?q=tea&tag=second+flush');
  await finds([TITLES[1]]);
  await page.getByRole('button', { name: '#second flush', pressed: true }).click();
  await finds([TITLES[0], TITLES[1]]);
  await page.getByRole('button', { name: 'Channels' }).click();
  await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
  nothingToComplain([own]);
  await own.context.close();
});

test('tags are typed, completed by those of others, and lead to what has them', async () => {
  const own = await visit(here, { state: await logIn(here, 'asha') });
  const { page } = own;
  const [video] = here.videos;
  await page.goto(`/studio/video/${video._id}`);
  await page.getByLabel('Tags').focus();
  await page.keyboard.type('assam,#Strong  tea');
  await page.keyboard.press('Enter');
  await page.keyboard.type('a mistake');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('hill');
  await page.getByRole('option', { name: 'hill station' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Save');
  await page.keyboard.press('Enter');
  await page.getByText('Saved').waitFor();
  assert.deepEqual((await call(here.program, 'GET', `/videos/${video._id}`)).tags, ['assam', 'Strong tea', 'hill station']);
  await page.goto(`/watch/${video._id}`);
  await page.getByRole('link', { name: '#Strong tea' }).click();
  await page.waitForURL(`**/search?q=${encodeURIComponent('tag:"Strong tea"')}`);
  nothingToComplain([own]);
  await own.context.close();
});

test('a playlist is put in order with buttons and by dragging', async () => {
  const own = await visit(here, { state: here.state });
  const { page } = own;
  const kept = async () => (await call(here.program, 'GET', `/playlist/${here.playlist._id}`)).videos.map(({ title }) => title);
  const isKept = (wanted) => eventually(async () => assert.deepEqual(await kept(), wanted));
  const [assam, darjeeling, coorg] = TITLES;
  await page.goto(`/playlist/${here.playlist._id}`);
  await settle(page);
  const rows = page.locator('.playlist__videos > li');
  const down = `Move “${assam}” down`;
  await tabTo(page, down);
  await page.keyboard.press('Enter');
  await isKept([darjeeling, assam, coorg]);
  // The server may be ahead of the page, which a person waits for before the next press.
  await eventually(async () => assert.deepEqual(await rows.locator('h2').allTextContents(), [darjeeling, assam, coorg]));
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), down));
  await page.keyboard.press('Enter');
  await isKept([darjeeling, coorg, assam]);
  await page.getByRole('status').getByText(`“${assam}” is at place 3 of 3 now`).waitFor();
  await rows.nth(2).locator('.playlist__number').dragTo(rows.nth(0));
  await isKept([assam, darjeeling, coorg]);
  await page.reload();
  await settle(page);
  assert.deepEqual(await rows.locator('h2').allTextContents(), [assam, darjeeling, coorg]);
  nothingToComplain([own]);
  await own.context.close();
});

test('another site shows the player with the code that the share dialog gives', async () => {
  const own = await visit(here);
  const { page } = own;
  await page.goto(`/watch/${here.videos[0]._id}`);
  await page.getByRole('button', { name: 'Share' }).click();
  const code = await page.getByLabel('Embed in a page').inputValue();
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><link rel="icon" href="data:,">${code}`));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  const frame = page.frameLocator('iframe');
  await frame.getByRole('link', { name: 'Tea in Assam.mp4' }).waitFor();
  await frame.getByRole('button', { name: 'Play' }).first().click();
  await eventually(async () => assert.ok((await frame.locator('video').evaluate((video) => video.currentTime)) > 0));
  nothingToComplain([own]);
  await own.context.close();
  site.close();
});
