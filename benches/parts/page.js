// How soon the page shows something, whether it jumps, and how soon a click plays, in Chromium whose processor is slowed
// down four times.

import { furnish } from '../../tests/browser/demo.js';
import { settle, visit } from '../../tests/browser/page.js';
import { publish, register, settled, startBrowser, startProgram } from '../../tests/browser/program.js';
import { table } from '../measure/report.js';
import { median } from '../measure/rounds.js';

export const title = 'Page';

const SLOWER = 4;
const DEVICES = {
  desktop: {},
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
};
const MOVING =
  '-f lavfi -i testsrc2=s=1280x720:r=30:d=20 -f lavfi -i sine=d=20 -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac';
/** How long people look at a list before they choose from it. */
const LOOK_MS = 2_000;

export async function measure({ quick }) {
  const rounds = quick ? 1 : 7;
  // Which database it is does not show.
  delete process.env.CHAITUBE_TEST_DATABASE_URL;
  const here = { program: await startProgram(), browser: await startBrowser() };
  const rows = [];
  try {
    const { videos } = await furnish(here);
    here.token = await register(here.program, 'mover');
    const moving = await publish(here, 'moving.mp4', MOVING);
    await settled(here, moving._id);
    const pages = { home: '/', watch: `/watch/${videos[0]._id}`, channel: '/channel/asha' };
    for (const [name, path] of Object.entries(pages)) {
      for (const [device, options] of Object.entries(DEVICES)) {
        const results = [];
        for (let round = 0; round < rounds; round += 1) results.push(await load(here, path, options));
        const shown = [
          `${Math.round(median(results, 'first'))} ms`,
          `${Math.round(median(results, 'largest'))} ms`,
          median(results, 'shift').toFixed(3),
        ];
        rows.push([name, device, ...shown, `${(median(results, 'script') / 1024).toFixed(1)} KiB`]);
      }
    }
    for (const [device, options] of Object.entries(DEVICES)) {
      const results = [];
      for (let round = 0; round < rounds; round += 1) results.push({ ms: await click(here, moving.title, options) });
      rows.push([
        'a click on a card, to the first moving picture',
        device,
        `${Math.round(median(results, 'ms'))} ms`,
        '',
        '',
        '',
      ]);
    }
  } finally {
    await here.browser.close();
    await here.program.stop();
  }
  return [
    'Chromium, its processor slowed down four times, nothing cached. *Script* is what came, compressed, until the page had its content; what is loaded afterwards, while the browser is idle, is not in it.',
    table(['', '', 'First paint', 'Largest paint', 'Layout shift', 'Script'], rows),
  ].join('\n\n');
}

async function slowedDown(here, options) {
  const { context, page } = await visit(here, options);
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  return { context, page };
}

/** One visit with nothing in the cache. */
async function load(here, path, options) {
  const { context, page } = await slowedDown(here, options);
  await page.addInitScript(() => {
    window.figures = { first: 0, largest: 0, shift: 0 };
    const watch = (type, take) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    watch('paint', (entry) => entry.name === 'first-contentful-paint' && (window.figures.first = entry.startTime));
    watch('largest-contentful-paint', (entry) => (window.figures.largest = entry.startTime));
    watch('layout-shift', (entry) => !entry.hadRecentInput && (window.figures.shift += entry.value));
  });
  await page.goto(path);
  await settle(page);
  await page.waitForTimeout(LOOK_MS);
  const figures = await page.evaluate(() => {
    const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
    const needed = scripts.filter(({ startTime }) => startTime <= window.figures.largest);
    return { ...window.figures, script: needed.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) };
  });
  await context.close();
  return figures;
}

/** Milliseconds from a click on a card of home to the first picture that is not the beginning. */
async function click(here, title, options) {
  const { context, page } = await slowedDown(here, options);
  await page.goto('/');
  await settle(page);
  await page.waitForTimeout(LOOK_MS);
  await page.evaluate(() => {
    window.moved = new Promise((resolve) => {
      let clicked;
      const known = new WeakSet();
      const follow = (video) =>
        video.requestVideoFrameCallback((now, { mediaTime }) =>
          mediaTime > 0 ? resolve(now - clicked) : follow(video),
        );
      document.addEventListener('click', () => (clicked ??= performance.now()), true);
      new MutationObserver(() => {
        for (const video of document.querySelectorAll('video'))
          if (!known.has(video)) (known.add(video), follow(video));
      }).observe(document.body, { childList: true, subtree: true });
    });
  });
  const card = page.getByRole('link', { name: title, exact: true }).first();
  await (options.hasTouch ? card.tap() : card.click());
  const ms = await page.evaluate(() => window.moved);
  await context.close();
  return ms;
}
