import { expect, test } from 'vitest';
import { addTags, TAG_CHARS_MAX, TAGS_MAX } from './tags';

test('commas end tags, and what does not matter is left out', () => {
  expect(addTags(['tea'], ' #how  to, Green tea ,,')).toEqual(['tea', 'how to', 'Green tea']);
});

test('a tag is there once, whatever its case', () => {
  expect(addTags(['Tea'], 'tea, TEA, चाय, चाय')).toEqual(['Tea', 'चाय']);
});

test('what is too long is cut, and what is too much left out', () => {
  expect(addTags([], '😀'.repeat(60))).toEqual(['😀'.repeat(TAG_CHARS_MAX)]);
  const many = Array.from({ length: 30 }, (_, at) => `tag ${at}`).join();
  expect(addTags([], many)).toHaveLength(TAGS_MAX);
});
