// How soon the page shows something, and whether it jumps: first and largest contentful paint and layout shift in
// Chromium whose processor is slowed down four times. `CHAITUBE_BIN=… CHROMIUM=… node benches/page/measure.js`.

import { furnish } from '../../tests/browser/demo.js';
import { settle, visit } from '../../tests/browser/page.js';
import { startBrowser, startProgram } from '../../tests/browser/program.js';

const ROUNDS = 5;
const SLOWER = 4;
const DEVICES = {
  desktop: {},
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
};

const here = { program: await startProgram(), browser: await startBrowser() };
try {
  const { videos } = await furnish(here);
  const pages = { home: '/', watch: `/watch/${videos[0]._id}`, channel: '/channel/asha' };
  console.log('| Page | Device | First paint | Largest paint | Layout shift |\n|---|---|---|---|---|');
  for (const [name, path] of Object.entries(pages)) {
    for (const [device, options] of Object.entries(DEVICES)) {
      const rounds = [];
      for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(path, options));
      const of = (key) => rounds.map((figures) => figures[key]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
      console.log(`| ${name} | ${device} | ${Math.round(of('first'))} ms | ${Math.round(of('largest'))} ms | ${of('shift').toFixed(3)} |`);
    }
  }
} finally {
  await here.browser.close();
  await here.program.stop();
}

/** One visit with nothing in the cache. */
async function measure(path, options) {
  const { context, page } = await visit(here, options);
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.addInitScript(() => {
    window.figures = { first: 0, largest: 0, shift: 0 };
    const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    watch('paint', (entry) => entry.name === 'first-contentful-paint' && (window.figures.first = entry.startTime));
    watch('largest-contentful-paint', (entry) => (window.figures.largest = entry.startTime));
    watch('layout-shift', (entry) => !entry.hadRecentInput && (window.figures.shift += entry.value));
  });
  await page.goto(path);
  await settle(page);
  await page.waitForTimeout(1_000);
  const figures = await page.evaluate(() => window.figures);
  await context.close();
  return figures;
}
