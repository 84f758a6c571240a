// Videos play and seek in a real browser, straight from the address the API gives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publish, scene } from './program.js';

const here = scene();

const SOURCE = '-f lavfi -i testsrc2=s=320x180:r=25:d=12 -f lavfi -i sine=d=12';
const KINDS = {
  'video.mp4': `${SOURCE} -c:v libx264 -pix_fmt yuv420p -g 25 -c:a aac`,
  'video.webm': `${SOURCE} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -c:a libopus`,
  'video.mov': `${SOURCE} -c:v libx264 -pix_fmt yuv420p -g 25 -c:a aac`,
  'video.mkv': `${SOURCE} -c:v libx264 -pix_fmt yuv420p -g 25 -c:a aac`,
};

for (const [name, options] of Object.entries(KINDS)) {
  for (const isPublished of [true, false]) {
    test(`${name} ${isPublished ? 'published' : 'unpublished, by its signed address'} plays and seeks`, async () => {
      const video = await publish(here, name, options, isPublished);
      const page = await here.browser.newPage();
      const seen = await page.evaluate(playAndSeek, video.videoFile);
      await page.close();
      assert.equal(seen.width, 320);
      assert.ok(Math.abs(seen.duration - 12) < 0.5, `duration ${seen.duration}`);
      assert.ok(seen.played > 0, 'it plays from the start');
      assert.ok(seen.afterSeek > 9, `it plays on after seeking to 9 s: ${seen.afterSeek}`);
    });
  }
}

/** Runs in the page. */
async function playAndSeek(address) {
  const video = document.createElement('video');
  video.muted = true;
  video.src = address;
  document.body.append(video);
  const happens = (event) =>
    new Promise((resolve, reject) => {
      video.addEventListener(event, resolve, { once: true });
      video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true });
    });
  const passes = async (time) => {
    while (video.currentTime <= time) await happens('timeupdate');
    return video.currentTime;
  };
  await video.play();
  const played = await passes(0);
  video.currentTime = 9;
  await happens('seeked');
  const afterSeek = await passes(9);
  return { width: video.videoWidth, duration: video.duration, played, afterSeek };
}
