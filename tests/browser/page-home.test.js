// The home page: what is chosen for somebody, why, and what they do not want to see.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, logIn, nothingToComplain, settle, visit } from './page.js';
import { call, publish, register, scene } from './program.js';

const VIDEO = '-f lavfi -i testsrc2=s=320x180:r=25:d=2 -c:v libx264 -pix_fmt yuv420p';
const WANTED = 'Tea in Assam.mp4';
const UNWANTED = 'Coffee in Coorg.mp4';

const here = scene({}, async () => {
  here.unwanted = await publish(here, UNWANTED, VIDEO);
  await publish(here, WANTED, VIDEO);
  const ravi = await register(here.program, 'ravi');
  here.ravi = ravi;
  await call(here.program, 'POST', `/subscriptions/c/${here.unwanted.owner._id ?? here.unwanted.owner}`, { token: ravi });
  here.state = await logIn(here, 'ravi');
});

const card = (page, title) => page.locator('.recommended', { has: page.getByRole('link', { name: title, exact: true, includeHidden: true }) });

test('each video says why it is there', async () => {
  for (const [state, chip, reason] of [[undefined, 'Highlights', 'New'], [here.state, 'For you', 'From your subscriptions']]) {
    const own = await visit(here, { state });
    await own.page.goto('/');
    await settle(own.page);
    await own.page.getByRole('button', { name: chip, pressed: true }).waitFor();
    for (const title of [WANTED, UNWANTED]) assert.equal(await card(own.page, title).locator('.video-card__note').textContent(), reason);
    nothingToComplain([own]);
    await own.context.close();
  }
});

test('what does not interest is gone, unless one takes that back, and nothing moves', async () => {
  const own = await visit(here, { state: here.state });
  const { page } = own;
  const boxes = () => page.locator('.recommended').evaluateAll((cards) => cards.map((it) => JSON.stringify(it.getBoundingClientRect())));
  const recommended = async () => (await call(here.program, 'GET', '/feed/home', { token: here.ravi })).docs.map(({ title }) => title).sort();
  const isRecommended = (titles) => eventually(async () => assert.deepEqual(await recommended(), titles));
  const hide = async () => {
    await card(page, UNWANTED).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Not interested' }).click();
    await page.getByText('You will not be shown this video again.').waitFor();
  };
  await page.goto('/');
  await settle(page);
  const before = await boxes();
  await hide();
  assert.deepEqual(await boxes(), before);
  await isRecommended([WANTED]);
  const undo = page.getByRole('button', { name: 'Undo' });
  await eventually(async () => assert.ok(await undo.evaluate((button) => button === document.activeElement), 'the focus is on “Undo”'));
  await page.keyboard.press('Enter');
  await undo.waitFor({ state: 'detached' });
  assert.deepEqual(await boxes(), before);
  await isRecommended([UNWANTED, WANTED]);
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.textContent), UNWANTED));

  await hide();
  await isRecommended([WANTED]);
  await page.reload();
  await settle(page);
  assert.equal(await card(page, WANTED).count(), 1);
  assert.equal(await card(page, UNWANTED).count(), 0);
  nothingToComplain([own]);
  await own.context.close();
});

test('the settings say whether what is watched decides', async () => {
  const own = await visit(here, { state: here.state });
  const { page } = own;
  await page.goto('/settings');
  const choice = page.getByRole('switch', { name: 'Use what I watch for recommendations', checked: true });
  await choice.click();
  await page.getByRole('switch', { name: 'Use what I watch for recommendations', checked: false, disabled: false }).waitFor();
  assert.equal((await call(here.program, 'GET', '/feed/settings', { token: here.ravi })).useHistory, false);
  nothingToComplain([own]);
  await own.context.close();
});
