import { describe, expect, test } from 'vitest';
import { cut, excerpt, type Range } from './marks';

const marked = (text: string, ...ranges: Range[]) =>
  cut(text, ranges)
    .map((piece) => (piece.isMarked ? `[${piece.text}]` : piece.text))
    .join('|');

describe('words are marked', () => {
  test.each<[string, string, Range[]]>([
    ['nowhere', 'Green tea', []],
    [
      'at the ends',
      '[Green]| and |[tea]',
      [
        [0, 5],
        [10, 13],
      ],
    ],
    [
      'side by side',
      '[緑]|[茶]',
      [
        [0, 1],
        [1, 2],
      ],
    ],
    ['behind what takes two code units', '😀 |[tea]', [[3, 6]]],
    ['but not where there is no text', 'tea', [[2, 9]]],
    [
      'but not twice',
      '[te]|a',
      [
        [0, 2],
        [1, 3],
      ],
    ],
  ])('%s', (_, expected, ranges) => {
    const text = expected.replaceAll(/[[\]|]/g, '');
    expect(marked(text, ...ranges)).toBe(expected);
  });

  test('of an empty text nothing is left', () => expect(cut('', [[0, 1]])).toEqual([]));
});

describe('an excerpt', () => {
  test('is the whole text if its first word is near', () => {
    const pieces = cut('How green tea is made', [[4, 9]]);
    expect(excerpt(pieces)).toEqual(pieces);
    expect(excerpt(cut('No word of it. '.repeat(20)))).toHaveLength(1);
  });

  test('begins shortly before the first word', () => {
    const text = `${'Something else. '.repeat(20)}Green tea at last.`;
    const [lead, word] = excerpt(cut(text, [[320, 325]]));
    expect(word).toEqual({ text: 'Green', isMarked: true });
    expect(lead?.text).toBe('… else. Something else. Something else. ');
  });

  test('does not begin with half a letter', () => {
    const [lead] = excerpt(cut(`${'a'}${'😀'.repeat(60)}b tea`, [[123, 126]]));
    expect(() => encodeURIComponent(lead?.text ?? '')).not.toThrow();
  });
});
