import { expect, test } from 'vitest';
import { start, type Started } from './start';

const refuse = () => Promise.reject(new DOMException('', 'NotAllowedError'));

function video(isMuted: boolean, play: (isMuted: boolean) => Promise<void>) {
  const element = document.createElement('video');
  element.muted = isMuted;
  element.play = () => play(element.muted);
  return element;
}

test.each<[string, boolean, (isMuted: boolean) => Promise<void>, Started, boolean]>([
  ['with sound', false, () => Promise.resolve(), 'playing', false],
  ['without sound, as wanted', true, () => Promise.resolve(), 'playing', true],
  [
    'without sound, if the browser refuses it',
    false,
    (muted) => (muted ? Promise.resolve() : refuse()),
    'silent',
    true,
  ],
  ['not at all, if the browser refuses everything', false, refuse, 'refused', false],
  [
    'not, if it was paused meanwhile',
    false,
    () => Promise.reject(new DOMException('', 'AbortError')),
    'interrupted',
    false,
  ],
])('plays %s', async (_, isMuted, play, result, staysMuted) => {
  const element = video(isMuted, play);
  expect(await start(element)).toBe(result);
  expect(element.muted).toBe(staysMuted);
});
