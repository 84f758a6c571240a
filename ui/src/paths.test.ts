import { expect, test } from 'vitest';
import { isPage, paths } from './paths';

test.each([
  [paths.home(), '/'],
  [paths.search('tea & cake'), '/search?q=tea%20%26%20cake'],
  [paths.watch('v1'), '/watch/v1'],
  [paths.watch('v1', { list: 'p1' }), '/watch/v1?list=p1'],
  [paths.watch('v1', { t: 90 }), '/watch/v1?t=90'],
  [paths.embed('v1', { t: 90 }), '/embed/v1?t=90'],
  [paths.shorts(), '/shorts'],
  [paths.short('v1'), '/shorts/v1'],
  [paths.channel('asha'), '/channel/asha'],
  [paths.channel('asha', 'posts'), '/channel/asha/posts'],
  [paths.studioVideo('v1'), '/studio/video/v1'],
])('%s is %s', (path, expected) => expect(path).toBe(expected));

test('an address belongs to one page', () => {
  expect(isPage('watch', '/watch/v1')).toBe(true);
  expect(isPage('watch', '/watch')).toBe(false);
  expect(isPage('studio', '/studio/video/v1')).toBe(false);
  expect(isPage('channel', '/channel/asha')).toBe(true);
  expect(isPage('channel', '/channel/asha/posts')).toBe(true);
});
