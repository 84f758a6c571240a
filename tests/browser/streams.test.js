// The adaptive stream plays in a real browser, by the address of its HLS master playlist, to the end.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, film, register, startBrowser, startProgram } from './program.js';

const PATIENCE_MS = 120_000;

let program, browser, token;

before(async () => {
  program = await startProgram();
  browser = await startBrowser();
  token = await register(program, 'asha');
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const SOURCE = '-f lavfi -i testsrc2=s=640x480:r=25:d=8 -f lavfi -i sine=d=8';
const KINDS = {
  'copied.mp4': `${SOURCE} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50 -c:a aac -shortest`,
  'encoded.webm': `${SOURCE} -c:v libvpx -deadline realtime -b:v 800k -c:a libopus -shortest`,
  'silent.mp4': '-f lavfi -i testsrc2=s=320x240:r=25:d=8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p',
};

for (const [name, options] of Object.entries(KINDS)) {
  for (const isPublished of [true, false]) {
    test(`${name} ${isPublished ? 'published' : 'unpublished, by signed addresses'} plays to the end`, async () => {
      const form = new FormData();
      form.set('title', name);
      form.set('description', 'A film');
      form.set('isPublished', String(isPublished));
      form.set('videoFile', film(program, `${isPublished}-${name}`, options), name);
      // Making the film has blocked this process; connections that idled too long are noticed only now.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const created = await call(program, 'POST', '/videos', { token, form });
      const video = await settled(created._id);
      assert.equal(video.status, 'ready');
      const page = await browser.newPage();
      // A page of the server's own: Chromium reads playlists of other origins only with CORS.
      await page.route('**/blank', (route) => route.fulfill({ contentType: 'text/html', body: '<body></body>' }));
      await page.goto(`${program.base}/blank`);
      const refused = [];
      page.on('response', (response) => response.status() >= 400 && refused.push(response.url()));
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

/** The video once nothing more is made of it. */
async function settled(id) {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE_MS; ) {
    const video = await call(program, 'GET', `/videos/${id}`, { token });
    if (video.status !== 'processing') return video;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('it is processed for ever');
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
