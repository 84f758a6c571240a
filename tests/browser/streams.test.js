// The adaptive stream plays in a real browser, by the address of its HLS master playlist, to the end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankPage, publish, scene, settled } from './program.js';

const here = scene();

const SOURCE = '-f lavfi -i testsrc2=s=640x480:r=25:d=8 -f lavfi -i sine=d=8';
const KINDS = {
  'copied.mp4': `${SOURCE} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50 -c:a aac -shortest`,
  'encoded.webm': `${SOURCE} -c:v libvpx -deadline realtime -b:v 800k -c:a libopus -shortest`,
  'silent.mp4': '-f lavfi -i testsrc2=s=320x240:r=25:d=8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p',
};

for (const [name, options] of Object.entries(KINDS)) {
  for (const isPublished of [true, false]) {
    test(`${name} ${isPublished ? 'published' : 'unpublished, by signed addresses'} plays to the end`, async () => {
      const created = await publish(here, name, options, isPublished);
      const video = await settled(here, created._id);
      assert.equal(video.status, 'ready');
      const { page, refused } = await blankPage(here);
      const seen = await page.evaluate(playToTheEnd, video.hls);
      await page.close();
      assert.ok(Math.abs(seen.duration - 8) < 0.5, `duration ${seen.duration}`);
      assert.ok(seen.afterSeek > 4, `it plays on after seeking to 4 s: ${seen.afterSeek}`);
      assert.ok(seen.end > 7.5, `it plays to the end: ${seen.end}`);
      assert.ok(seen.width > 0 && seen.frames > 20, JSON.stringify(seen));
      assert.deepEqual(refused, []);
    });
  }
}

/** Runs in the page. */
async function playToTheEnd(address) {
  const video = document.createElement('video');
  if (!video.canPlayType('application/vnd.apple.mpegurl')) throw new Error('this Chromium does not play HLS');
  video.muted = true;
  video.src = address;
  document.body.append(video);
  const happens = (event) =>
    new Promise((resolve, reject) => {
      video.addEventListener(event, resolve, { once: true });
      video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true });
    });
  await video.play();
  while (video.currentTime < 1) await happens('timeupdate');
  video.currentTime = 4;
  await happens('seeked');
  while (video.currentTime <= 4) await happens('timeupdate');
  const afterSeek = video.currentTime;
  video.playbackRate = 2;
  if (!video.ended) await happens('ended');
  const frames = video.getVideoPlaybackQuality().totalVideoFrames;
  return { width: video.videoWidth, duration: video.duration, afterSeek, end: video.currentTime, frames };
}
