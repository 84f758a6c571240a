// Shorts one below the other, by keys, by scrolling and by address: one plays, and it alone is counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, eventually, nothingToComplain, settle, visit } from './page.js';
import { call, publish, scene, settled } from './program.js';

const SHORT = '-f lavfi -i testsrc2=s=180x320:r=25:d=4 -f lavfi -i sine=d=4 -c:v libx264 -pix_fmt yuv420p -g 25 -c:a aac';
const COUNT = 4;

const here = scene({}, async () => {
  for (let number = 1; number <= COUNT; number += 1) {
    const { _id } = await publish(here, `${number}.mp4`, SHORT);
    await settled(here, _id);
  }
  // Those of the same second come in any order.
  const { docs } = await call(here.program, 'GET', '/feed/shorts');
  here.shorts = docs;
});

/** Until this one is in view and plays, and no other does. */
const plays = (page, { title }) =>
  eventually(async () => {
    const found = await page.locator('article').evaluateAll((articles) => {
      const middle = innerHeight / 2;
      const named = (it) => it.querySelector('h2').textContent;
      const isInView = (it) => it.getBoundingClientRect().top < middle && it.getBoundingClientRect().bottom > middle;
      const isPlaying = (it) => it.querySelector('video')?.paused === false && it.querySelector('video').currentTime > 0;
      return { inView: articles.filter(isInView).map(named), playing: articles.filter(isPlaying).map(named) };
    });
    assert.deepEqual(found, { inView: [title], playing: [title] });
  });

test('keys lead up and down, pause and mute', async () => {
  const [first, second, third] = here.shorts;
  const own = await visit(here);
  const { page } = own;
  await page.goto('/shorts');
  await settle(page);
  await plays(page, first);
  assert.equal(await page.locator('article').count(), COUNT);
  assert.equal(await page.locator('article video').count(), 2, 'the next one is loaded, others are not');
  await page.keyboard.press('ArrowDown');
  await plays(page, second);
  await page.waitForURL(`**/shorts/${second._id}`);
  await page.keyboard.press('j');
  await plays(page, third);
  await page.keyboard.press('k');
  await plays(page, second);
  await page.keyboard.press(' ');
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => video.paused));
  await page.keyboard.press(' ');
  await plays(page, second);
  await page.keyboard.press('m');
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => video.muted));
  await page.getByRole('article', { name: second.title }).getByRole('button', { name: 'Turn the sound on' }).click();
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => !video.muted));
  // The focus was on a button of the second one.
  await page.keyboard.press('j');
  await plays(page, third);
  await page.keyboard.press(' ');
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => video.paused && !video.muted));
  await page.keyboard.press('k');
  await plays(page, second);

  await page.getByRole('article', { name: second.title }).getByRole('link', { name: `Comments on “${second.title}”` }).click();
  await page.waitForURL('**/watch/*');
  await page.goBack();
  await plays(page, second);
  await page.getByRole('link', { name: 'Shorts' }).first().click();
  await plays(page, second);
  nothingToComplain([own]);
  await own.context.close();
});

test('a link that is pressed while the list scrolls is followed', async () => {
  const [first, second] = here.shorts;
  const own = await visit(here);
  const { page } = own;
  await page.route(/\/WatchPage-/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await page.goto('/shorts');
  await settle(page);
  await plays(page, first);
  await page.evaluate(() => {
    const list = document.querySelector('[role="feed"]');
    list.scrollTo({ top: list.clientHeight, behavior: 'smooth' });
    list.addEventListener('scroll', () => document.querySelectorAll('article h2 a')[1].click(), { once: true });
  });
  await page.waitForURL(`**/watch/${second._id}`);
  await page.goBack();
  await plays(page, second);
  nothingToComplain([own]);
  await own.context.close();
});

test('scrolling snaps to the next one, and what is watched counts', async () => {
  const [first, , third, last] = here.shorts;
  const views = async () => (await call(here.program, 'GET', `/dashboard/videos/${last._id}/views`, { token: here.token })).counted;
  const before = await views();
  const own = await visit(here, { viewport: PHONE, isMobile: true, hasTouch: true });
  const { page } = own;
  await page.goto(`/shorts/${last._id}`);
  await settle(page);
  await plays(page, last);
  await page.waitForFunction(() => document.querySelector('video').currentTime > 2.5);
  await page.getByRole('feed').evaluate((list) => list.scrollBy({ top: list.clientHeight * 0.7 }));
  await plays(page, first);
  await eventually(async () => assert.equal(await views(), before + 1));
  await page.getByRole('feed').evaluate((list) => list.scrollTo({ top: list.scrollHeight }));
  await plays(page, third);
  nothingToComplain([own]);
  await own.context.close();
});

test('without leave to play sound it plays without', async () => {
  const [first] = here.shorts;
  const own = await visit(here);
  const { page } = own;
  // As browsers are before anybody has pressed something.
  await page.addInitScript(() => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () {
      return this.muted ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'));
    };
  });
  await page.goto('/shorts');
  await settle(page);
  await plays(page, first);
  await page.getByRole('article', { name: first.title }).getByRole('button', { name: 'Turn the sound on' }).click();
  await page.waitForFunction(() => !document.querySelector('video').muted);
  nothingToComplain([own]);
  await own.context.close();
});
