// Videos of every shape become streams that play to the end: by Chromium itself, and through hls.js, which is made to
// change the size at every fragment and has to do so without a hole or a stop.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blankPage, videoFile, publish, scene, settled } from './program.js';

const HLS_JS = fileURLToPath(new URL('node_modules/hls.js/dist/hls.min.js', import.meta.url));

const picture = (size, seconds, rate = 15) => `-f lavfi -i testsrc2=s=${size}:r=${rate}:d=${seconds}`;
const sound = (seconds) => `-f lavfi -i sine=d=${seconds}`;
const H264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 30';
const HEVC = '-c:v libx265 -preset ultrafast -x265-params log-level=none';
const HDR10 = '-pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc';

/** Each: its seconds, and ffmpeg's options. */
const SHAPES = {
  'h264.mp4': [6, `${picture('640x360', 6)} ${sound(6)} ${H264} -c:a aac -shortest`],
  'hevc.mp4': [6, `${picture('640x360', 6)} ${sound(6)} ${HEVC} -pix_fmt yuv420p -tag:v hvc1 -c:a aac -shortest`],
  'vp9.webm': [
    6,
    `${picture('640x360', 6)} ${sound(6)} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus -shortest`,
  ],
  'mpeg4.mov': [5, `${picture('640x480', 5)} ${sound(5)} -c:v mpeg4 -q:v 4 -c:a aac -shortest`],
  'portrait.mp4': [6, `${picture('360x640', 6)} ${sound(6)} ${H264} -c:a aac -shortest`],
  'rotated.mp4': [6, `-i upright.mp4 -c copy -metadata:s:v rotate=90`],
  'uneven.mkv': [
    4,
    `${picture('640x360', 4, 30)} ${sound(4)} -vf select='not(mod(n\\,3))+gt(t\\,2)' -vsync vfr ${H264} -c:a aac`,
  ],
  'hdr10.mkv': [3, `${picture('640x360', 3)} ${sound(3)} ${HEVC} ${HDR10} -c:a aac -shortest`],
  'surround.mkv': [
    6,
    `${picture('640x360', 6)} -f lavfi -i anoisesrc=d=6:c=pink:a=0.1 ` +
      `-filter_complex [1:a]pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0[a] -map 0:v -map [a] ${H264} -c:a ac3`,
  ],
  'silent.mp4': [6, `${picture('640x360', 6)} ${H264}`],
  'sound.mp3': [6, `${sound(6)} -c:a libmp3lame`],
  'second.mp4': [1, `${picture('640x360', 1)} ${sound(1)} ${H264} -c:a aac -shortest`],
  'odd.webm': [
    6,
    `${picture('641x363', 6)} ${sound(6)} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus -shortest`,
  ],
};
const UPRIGHT = `${picture('640x360', 6)} ${sound(6)} ${H264} -c:a aac -shortest`;
const TURNED = ['portrait.mp4', 'rotated.mp4'];
const created = {};
// All at once, so that the later ones are worked on while the earlier ones are played.
const here = scene({ WORKERS: '2' }, async () => {
  const upright = join(here.program.folder, 'upright.mp4');
  videoFile(here.program, 'upright.mp4', UPRIGHT);
  for (const [name, [, options]] of Object.entries(SHAPES)) {
    created[name] = await publish(here, name, options.replace('upright.mp4', upright));
  }
});

for (const [name, [seconds]] of Object.entries(SHAPES)) {
  test(`${name} plays to the end, and changes its size without a seam`, async () => {
    const video = await settled(here, created[name]._id);
    assert.equal(video.status, 'ready', video.failure);

    const { page, refused } = await blankPage(here);
    const native = await page.evaluate(playByItself, video.hls);
    checkPlayed(name, seconds, native);
    await page.close();

    const other = await blankPage(here);
    await other.page.addScriptTag({ path: HLS_JS });
    const switched = await other.page.evaluate(playWithSwitches, video.hls);
    await other.page.close();
    checkPlayed(name, seconds, switched);
    assert.deepEqual(switched.complaints, []);
    assert.equal(switched.spans.length, 1, `holes: ${JSON.stringify(switched.spans)}`);
    const [start, end] = switched.spans[0];
    assert.ok(start < 0.1 && Math.abs(end - switched.duration) < 0.3, JSON.stringify(switched.spans));
    // Shorter ones are a single fragment.
    if (switched.levels > 1 && seconds > 4) assert.ok(switched.played.length > 1, JSON.stringify(switched));
    // Those that were chosen to have several sizes, so that the test above cannot fall silent.
    if (['h264.mp4', 'mpeg4.mov'].includes(name)) assert.ok(switched.levels > 1, JSON.stringify(switched));
    assert.deepEqual([...refused, ...other.refused], []);
  });
}

function checkPlayed(name, seconds, seen) {
  const told = JSON.stringify(seen);
  assert.ok(Math.abs(seen.duration - seconds) < 0.5, `it lasts ${seconds} s: ${told}`);
  assert.ok(seen.ended && seen.end > seconds - 0.5, `it plays to the end: ${told}`);
  // Sound shows its cover, which needs few.
  assert.ok(seen.frames > (name === 'sound.mp3' ? seconds : seconds * 5), `its pictures move: ${told}`);
  assert.equal(seen.height > seen.width, TURNED.includes(name), `it stands as it should: ${told}`);
}

/** Runs in the page. */
async function playByItself(address) {
  const video = document.createElement('video');
  video.muted = true;
  video.src = address;
  document.body.append(video);
  const ended = new Promise((resolve, reject) => {
    video.addEventListener('ended', resolve);
    video.addEventListener('error', () => reject(new Error(video.error.message)));
  });
  await video.play();
  video.playbackRate = 2;
  await ended;
  const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
  const { videoWidth: width, videoHeight: height, duration } = video;
  return { width, height, duration, ended: video.ended, end: video.currentTime, frames };
}

/** Runs in the page. Another size is asked for with each fragment, which is then appended behind the one before. */
async function playWithSwitches(address) {
  const { Hls } = window;
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const hls = new Hls({ startLevel: 0, enableWorker: false });
  const complaints = [];
  const played = new Set();
  const ended = new Promise((resolve, reject) => {
    video.addEventListener('ended', resolve);
    hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
      if (fatal) reject(new Error(`${type}: ${details}`));
      // A slow machine may run dry for a moment; jumping over a hole is a fault of the stream.
      if (details !== Hls.ErrorDetails.BUFFER_STALLED_ERROR) complaints.push(details);
    });
  });
  hls.on(Hls.Events.FRAG_LOADED, (_, { frag }) => {
    if (frag.type === 'main' && frag.sn !== 'initSegment') hls.loadLevel = (frag.level + 1) % hls.levels.length;
  });
  // What the media element says of its size comes too late on a busy machine.
  hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => {
    if (frag.type === 'main' && frag.sn !== 'initSegment') played.add(frag.level);
  });
  hls.on(Hls.Events.MANIFEST_PARSED, async () => {
    await video.play();
    video.playbackRate = 2;
  });
  hls.loadSource(address);
  hls.attachMedia(video);
  await ended;
  const { buffered } = video;
  const spans = Array.from({ length: buffered.length }, (_, span) => [buffered.start(span), buffered.end(span)]);
  const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
  const { videoWidth: width, videoHeight: height, duration, currentTime: end } = video;
  const levels = hls.levels.length;
  hls.destroy();
  return { width, height, duration, ended: true, end, frames, levels, played: [...played], spans, complaints };
}
