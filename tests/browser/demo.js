// A site with people, videos, comments and playlists that is pleasant to look at; nothing of it is anybody's but this
// project's own: the pictures are drawn here.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD, call, settled } from './program.js';

const PEOPLE = [
  { username: 'asha', name: 'Asha Rao', colours: ['#f6a13c', '#d9480f'] },
  { username: 'kabir', name: 'Kabir Mehta', colours: ['#4dabf7', '#1864ab'] },
  { username: 'meera', name: 'Meera Iyer', colours: ['#b197fc', '#5f3dc4'] },
  { username: 'tenzin', name: 'Tenzin Dorje', colours: ['#63e6be', '#087f5b'] },
];
/** Watches little, so that there is something to recommend. */
const READER = { username: 'leela', name: 'Leela Nair', colours: ['#ffc9c9', '#c2255c'] };
/** Skies from top to bottom, the sun, and hills from far to near. */
const SCENES = {
  dawn: { sky: ['#ffd8a8', '#ff922b'], sun: '#fff3bf', hills: ['#e8590c', '#a03a0b', '#5c2208'] },
  noon: { sky: ['#a5d8ff', '#e7f5ff'], sun: '#fff9db', hills: ['#74b816', '#4c8a12', '#2b5a0c'] },
  sea: { sky: ['#c5f6fa', '#fff4e6'], sun: '#ffe8cc', hills: ['#3bc9db', '#1098ad', '#0b5f6e'] },
  dusk: { sky: ['#364fc7', '#f783ac'], sun: '#ffdeeb', hills: ['#862e9c', '#5f1f7a', '#2f0f4a'] },
  night: { sky: ['#0b1033', '#233876'], sun: '#f1f3f5', hills: ['#1c2b5e', '#131d42', '#0a1026'] },
  snow: { sky: ['#dbe4ff', '#f8f9fa'], sun: '#ffffff', hills: ['#bac8ff', '#91a7ff', '#4c6ef5'] },
  forest: { sky: ['#d3f9d8', '#f4fce3'], sun: '#fffde0', hills: ['#51cf66', '#2b8a3e', '#14532d'] },
  desert: { sky: ['#ffe3e3', '#ffec99'], sun: '#fff5f5', hills: ['#fab005', '#d9820b', '#8a4b08'] },
};
const VIDEOS = [
  { by: 'asha', title: 'First light over the tea gardens of Munnar', scene: 'dawn', minutes: 4.2 },
  { by: 'kabir', title: 'By slow train along the Konkan coast', scene: 'sea', minutes: 9.6 },
  { by: 'meera', title: 'Evening raga: Yaman on the bansuri', scene: 'dusk', minutes: 6.1 },
  { by: 'tenzin', title: 'Crossing Khardung La in the first snow', scene: 'snow', minutes: 7.4 },
  { by: 'asha', title: 'Masala chai the way my grandmother makes it', scene: 'desert', minutes: 3.1 },
  { by: 'kabir', title: 'A night under the Milky Way at Hanle', scene: 'night', minutes: 5.5 },
  { by: 'meera', title: 'Birdsong of the Western Ghats, one hour before rain', scene: 'forest', minutes: 8.8 },
  { by: 'tenzin', title: 'Planting barley in Spiti', scene: 'noon', minutes: 2.7 },
  { by: 'kabir', title: 'One minute of morning mist', scene: 'dawn', minutes: 1, isUpright: true },
  { by: 'meera', title: 'The last light of the day', scene: 'dusk', minutes: 0.8, isUpright: true },
];
const ABOUT =
  'We went up before sunrise and stayed until the mist had gone.\n\n0:00 The path up\n0:45 Mist in the valley\n2:10 Picking the first leaves\n\nMore about it: https://example.org/tea';
const COMMENTS = [
  ['kabir', 'The light at 1:20 is unbelievable. Which month was this?'],
  ['meera', 'I could watch the mist for an hour. Thank you for not putting music over it.'],
  ['tenzin', 'Greetings from the mountains! We have barley instead, but the mornings look the same.'],
];
const POSTS = [
  ['asha', 'Back in the hills next week. Tell me what you would like to see: the factory, or the market?'],
  ['kabir', 'Twelve hours by train and not one minute of it boring. The video is nearly done.'],
  ['meera', 'New strings, new reed, same old rain.'],
];

/** A landscape. The number shifts its hills, so that two of the same colours differ. */
function landscape({ sky, sun, hills }, number) {
  const hill = (colour, at) => {
    const top = 380 + at * 110;
    const points = Array.from({ length: 17 }, (_, x) => `${x * 80},${top + Math.sin(x * 0.7 + at * 2.1 + number) * 55 + Math.sin(x * 1.9 + number * 3) * 22}`);
    return `<polygon fill="${colour}" points="0,720 ${points.join(' ')} 1280,720"/>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720"><defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${sky[0]}"/><stop offset="1" stop-color="${sky[1]}"/></linearGradient></defs>
    <rect width="1280" height="720" fill="url(#s)"/><circle cx="${320 + ((number * 211) % 640)}" cy="${190 + ((number * 53) % 90)}" r="74" fill="${sun}"/>${hills.map(hill).join('')}</svg>`;
}

/** The left of one, upright. */
const upright = (scene, number) => landscape(scene, number).replace('width="1280" height="720"', 'width="720" height="1280" viewBox="280 0 405 720"');

/** The middle of one. */
const cover = (scene, number) => landscape(scene, number).replace('width="1280" height="720"', 'width="1280" height="320" viewBox="0 210 1280 320"');

const portrait = ([light, dark]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="${light}"/><circle cx="128" cy="104" r="50" fill="${dark}"/><circle cx="128" cy="262" r="96" fill="${dark}"/></svg>`;

/** Fills the site, and gives who and what is there. */
export async function furnish({ program, browser }) {
  const page = await browser.newPage();
  const draw = async (name, svg, width, height) => {
    const path = join(program.folder, name);
    await page.setViewportSize({ width, height });
    await page.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`);
    writeFileSync(path, await page.screenshot());
    return path;
  };
  const tokens = {};
  const enrol = async ({ username, name, colours }, at) => {
    const form = new FormData();
    for (const [key, value] of Object.entries({ username, fullName: name, email: `${username}@example.org`, password: PASSWORD })) form.set(key, value);
    form.set('avatar', blob(await draw(`${username}.png`, portrait(colours), 256, 256)), 'avatar.png');
    form.set('coverImage', blob(await draw(`${username}-cover.png`, cover(Object.values(SCENES)[at], at + 5), 1280, 320)), 'cover.png');
    await call(program, 'POST', '/users/register', { form });
    return (await call(program, 'POST', '/users/login', { json: { username, password: PASSWORD } })).accessToken;
  };
  for (const [at, person] of PEOPLE.entries()) tokens[person.username] = await enrol(person, at);
  const videos = [];
  for (const [number, { by, title, scene, minutes, isUpright }] of VIDEOS.entries()) {
    const picture = isUpright
      ? await draw(`${number}.png`, upright(SCENES[scene], number), 720, 1280)
      : await draw(`${number}.png`, landscape(SCENES[scene], number), 1280, 720);
    const video = join(program.folder, `${number}.mp4`);
    // A still needs few frames and takes no time.
    const options = `-loop 1 -framerate 1 -i ${picture} -t ${minutes * 60} -c:v libx264 -preset ultrafast -pix_fmt yuv420p`;
    execFileSync('ffmpeg', ['-nostdin', '-loglevel', 'error', ...options.split(' '), video]);
    // That has blocked this process; connections that idled too long are noticed only now.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const form = new FormData();
    for (const [key, value] of Object.entries({ title, description: ABOUT })) form.set(key, value);
    form.set('videoFile', blob(video), 'video.mp4');
    form.set('thumbnail', blob(picture), 'thumbnail.png');
    videos.push(await call(program, 'POST', '/videos', { token: tokens[by], form }));
  }
  const reader = await enrol(READER, PEOPLE.length);
  await page.close();
  for (const { _id } of videos) await settled({ program, token: tokens.asha }, _id);
  await mingle(program, tokens, videos);
  await read(program, reader, videos);
  const playlist = await call(program, 'POST', '/playlist', { token: tokens.asha, json: { name: 'For quiet evenings', description: 'Nothing loud, nothing fast.' } });
  for (const { _id } of videos.slice(1, 6)) await call(program, 'PATCH', `/playlist/add/${_id}/${playlist._id}`, { token: tokens.asha });
  return { videos, playlist };
}

const blob = (path) => new Blob([readFileSync(path)]);

/** The reader watches a little and subscribes to somebody. */
async function read(program, token, videos) {
  for (const { _id } of videos.slice(0, 2)) await call(program, 'GET', `/videos/${_id}`, { token });
  const { _id } = await call(program, 'GET', `/users/c/${PEOPLE[2].username}`);
  await call(program, 'POST', `/subscriptions/c/${_id}`, { token });
}

/** People watch, like, comment and subscribe. */
async function mingle(program, tokens, videos) {
  const everybody = Object.values(tokens);
  const ids = await Promise.all(everybody.map(async (token) => (await call(program, 'GET', '/users/current-user', { token }))._id));
  for (const [at, { _id }] of videos.entries()) {
    for (const token of everybody.slice(at % 3)) {
      await call(program, 'GET', `/videos/${_id}`, { token });
      await call(program, 'POST', `/likes/toggle/v/${_id}`, { token });
    }
  }
  for (const [at, token] of everybody.entries()) {
    for (const [other, id] of ids.entries()) if (other !== at) await call(program, 'POST', `/subscriptions/c/${id}`, { token });
  }
  for (const [by, content] of COMMENTS) await call(program, 'POST', `/comments/${videos[0]._id}`, { token: tokens[by], json: { content } });
  for (const [by, content] of POSTS) {
    const { _id } = await call(program, 'POST', '/tweets', { token: tokens[by], json: { content } });
    for (const token of everybody.slice(1)) await call(program, 'POST', `/likes/toggle/t/${_id}`, { token });
  }
}
