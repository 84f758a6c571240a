import { expect, test } from 'vitest';
import { moved } from './order';

test.each([
  [0, 2, 'bcad'],
  [3, 0, 'dabc'],
  [1, 2, 'acbd'],
  [2, 2, 'abcd'],
])('what is at place %i goes to place %i', (from, to, wanted) =>
  expect(moved([...'abcd'], from, to).join('')).toBe(wanted),
);
