// Every page on a phone and on a desk, in light and dark: it fits, it is fit for all, and the browser has nothing to
// complain of.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { DESKTOP, FAILED_REQUESTS, PHONE, logIn, nothingToComplain, settle, visit } from './page.js';
import { call, publish, register, scene, settled } from './program.js';

const AXE = createRequire(import.meta.url).resolve('axe-core');
const VIDEO = '-f lavfi -i testsrc2=s=320x180:r=25:d=4 -c:v libx264 -pix_fmt yuv420p';
const LONG = 'Averyveryverylongwordwithoutanyplacetobreakitsothatitdoesnotfitonaphone and more of it';
/** Cumulative layout shift. */
const SHIFT_MAX = 0.02;
/** Pages that everybody sees, and such as need an account. */
const OPEN = ['/', '/search?q=tea', '/search?q=tea&type=playlists', '/search?q=tea&type=tweets&year=2020', '/search', '/search?q=nothing+at+all', '/login', '/register', '/settings', '/posts', '/subscriptions', '/shorts'];
const OWN = ['/', '/shorts', '/posts', '/playlists', '/history', '/liked', '/subscriptions', '/studio', '/settings'];

const here = scene({}, async () => {
  const { program, token } = here;
  const video = await publish(here, 'tea.mp4', VIDEO);
  await settled(here, video._id);
  await publish(here, 'chai.mp4', VIDEO);
  await call(program, 'PATCH', `/videos/${video._id}`, { token, json: { title: LONG, description: `tea\nhttps://example.org/${LONG.slice(0, 60)}` } });
  const ravi = await register(program, 'ravi');
  await call(program, 'POST', `/comments/${video._id}`, { token: ravi, json: { content: LONG } });
  await call(program, 'POST', '/tweets', { token, json: { content: LONG } });
  const playlist = await call(program, 'POST', '/playlist', { token, json: { name: LONG, description: LONG } });
  await call(program, 'PATCH', `/playlist/add/${video._id}/${playlist._id}`, { token });
  await call(program, 'GET', `/videos/${video._id}`, { token });
  const about = [`/watch/${video._id}`, `/watch/${video._id}?list=${playlist._id}`, `/playlist/${playlist._id}`, `/embed/${video._id}`];
  for (const tab of ['', '/playlists', '/posts', '/subscribed', '/about']) about.push(`/channel/asha${tab}`);
  here.visitors = [
    { who: 'a stranger', pages: [...OPEN, about[0], '/watch/65a53f2e8c1b4a0012ab34cd', '/no/such/page'] },
    { who: 'the owner', state: await logIn(here, 'asha'), pages: [...OWN, ...about, `/studio/video/${video._id}`] },
  ];
});

/** Opens each page of each visitor and looks at it. */
async function tour(options, look) {
  for (const { state, pages } of here.visitors) {
    const own = await visit(here, { state, ...options });
    for (const path of pages) {
      await own.page.goto(path);
      await settle(own.page);
      await look(own.page, path);
    }
    nothingToComplain([own]);
    await own.context.close();
  }
}

test('nothing moves while a page loads, however late its parts come', async () => {
  const ownPages = here.visitors[1].pages.filter((path) => path === '/' || path.startsWith('/watch/'));
  ownPages.push('/search?q=chai', '/search?q=nothing+at+all');
  for (const options of [{ viewport: DESKTOP }, { viewport: PHONE, isMobile: true, hasTouch: true }]) {
    for (const path of ownPages) {
      const { context, page } = await visit(here, options);
      await delay(page, /\/api\/v1\/playlist\//, 300);
      await delay(page, /\/api\/v1\/comments\//, 600);
      await delay(page, /\/api\/v1\/videos\?/, 900);
      await delay(page, /\/api\/v1\/feed\//, 900);
      await delay(page, /\/api\/v1\/search\?/, 600);
      await delay(page, /\/api\/v1\/tags/, 900);
      await page.addInitScript(() => {
        window.shift = 0;
        const add = (list) => list.getEntries().forEach((entry) => !entry.hadRecentInput && (window.shift += entry.value));
        new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
      });
      await page.goto(path);
      await settle(page);
      const shift = await page.evaluate(() => window.shift);
      assert.ok(shift <= SHIFT_MAX, `${path} at ${options.viewport.width} px moved by ${shift}`);
      await context.close();
    }
  }
});

/** Holds back the responses to requests of these addresses. */
const delay = (page, address, ms) =>
  page.route(address, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await route.continue();
  });

// A page that is not there is answered with 404, which the console calls an error.
const MISSING = { allowed: new RegExp(`${FAILED_REQUESTS.source}.*404`) };

test('nothing is wider than a phone', () =>
  tour({ viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 2, ...MISSING }, async (page, path) => {
    const { wide, most, out } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const out = [...document.querySelectorAll('main *')].find((it) => it.getBoundingClientRect().right > clientWidth + 1);
      return { wide: scrollWidth, most: clientWidth, out: out?.outerHTML };
    });
    assert.ok(wide <= most, `${path} is ${wide} px wide, a phone ${most}: ${out}`);
  }));

test('every page is fit for all in light and in dark colours', () =>
  // axe has to be let in past the page's policy; the other tests keep to it.
  tour({ viewport: DESKTOP, colorScheme: 'light', reducedMotion: 'reduce', bypassCSP: true, ...MISSING }, async (page, path) => {
    await page.addScriptTag({ path: AXE });
    assert.deepEqual(await page.evaluate(graveFindings), [], `${path} in light`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForTimeout(250);
    assert.deepEqual(await page.evaluate(graveFindings, ['color-contrast']), [], `${path} in dark`);
    await page.emulateMedia({ colorScheme: 'light' });
  }));

/** Runs in the page: what axe finds serious or critical, by these rules or all. */
async function graveFindings(rules) {
  // Colours that are on their way to others are none to be judged.
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'], ...(rules && { runOnly: rules }) });
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
