import { expect, test } from 'vitest';
import { WatchedRanges } from './watched';

test('what plays on is one range, and a jump begins another', () => {
  const watched = new WatchedRanges();
  for (const at of [0, 0.25, 4]) watched.pass(at);
  watched.jump();
  watched.jump();
  for (const at of [60, 61]) watched.pass(at);
  expect(watched.latest()).toEqual([
    [0, 4],
    [60, 61],
  ]);
});

test('a position that is only shown was not watched, and going back is a jump', () => {
  const watched = new WatchedRanges();
  watched.pass(7);
  watched.jump();
  for (const at of [3, 5, 2, 4]) watched.pass(at);
  expect(watched.latest()).toEqual([
    [3, 5],
    [2, 4],
  ]);
});

test('a report has the last hundred', () => {
  const watched = new WatchedRanges();
  for (let at = 0; at < 250; at += 1) {
    watched.pass(at * 10);
    watched.pass(at * 10 + 1);
    watched.jump();
  }
  expect(watched.latest()).toHaveLength(100);
  expect(watched.latest()[0]).toEqual([1500, 1501]);
});
