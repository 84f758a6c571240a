// Pictures of every page for docs/screenshots: `CHAITUBE_BIN=… CHROMIUM=… node screenshots.js [FOLDER]`.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { furnish } from './demo.js';
import { DESKTOP, logIn, settle, visit } from './page.js';
import { startBrowser, startProgram } from './program.js';

const FOLDER = process.argv[2] ?? new URL('../../docs/screenshots', import.meta.url).pathname;
const KIB_MAX = 60;
const DEVICES = {
  desktop: { viewport: DESKTOP },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

const here = { program: await startProgram(), browser: await startBrowser() };
mkdirSync(FOLDER, { recursive: true });
try {
  await eachLook('welcome', undefined, '/');
  const { videos, playlist } = await furnish(here);
  const asha = await logIn(here, 'asha');
  const [video] = videos;
  const leela = await logIn(here, 'leela');
  for (const [name, path] of [['home', '/'], ['shorts', '/shorts']]) await eachLook(name, leela, path);
  const pages = {
    watch: `/watch/${video._id}`,
    channel: '/channel/asha',
    search: '/search?q=the',
    playlist: `/playlist/${playlist._id}`,
    playlists: '/playlists',
    posts: '/posts',
    subscriptions: '/subscriptions',
    history: '/history',
    studio: '/studio',
    'studio-video': `/studio/video/${video._id}`,
    settings: '/settings',
  };
  for (const [name, path] of Object.entries(pages)) await eachLook(name, asha, path);
  for (const name of ['login', 'register']) await eachLook(name, undefined, `/${name}`);
} finally {
  await here.browser.close();
  await here.program.stop();
}

async function eachLook(name, state, path) {
  for (const [device, options] of Object.entries(DEVICES)) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, page } = await visit(here, { state, colorScheme, reducedMotion: 'reduce', ...options });
      await page.goto(path);
      await settle(page);
      if (name === 'shorts') await page.waitForFunction(() => document.querySelector('video')?.currentTime > 0);
      if (name === 'watch') await atMoment(page, 80);
      await page.waitForTimeout(400);
      const picture = join(FOLDER, `${name}-${device}-${colorScheme}.webp`);
      save(await page.screenshot(), picture);
      await context.close();
    }
  }
}

/** The video stopped at a moment, in seconds, with its controls shown. */
async function atMoment(page, seconds) {
  await page.waitForFunction(() => document.querySelector('video')?.readyState >= 2);
  await page.evaluate((at) => {
    const video = document.querySelector('video');
    video.pause();
    video.currentTime = at;
  }, seconds);
  await page.waitForFunction(() => !document.querySelector('video').seeking);
}

/** As well as it can be kept within the limit. */
function save(png, path) {
  for (const quality of [82, 65, 45]) {
    execFileSync('ffmpeg', ['-nostdin', '-y', '-loglevel', 'error', '-f', 'png_pipe', '-i', '-', '-c:v', 'libwebp', '-quality', String(quality), path], { input: png });
    if (statSync(path).size <= KIB_MAX * 1024) return;
  }
  rmSync(path);
  throw new Error(`${path} does not fit into ${KIB_MAX} KiB`);
}
