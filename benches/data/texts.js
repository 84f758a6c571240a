// Texts that are like those people write in one respect: few words are common, and many are rare. The same ones each time.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const VOCABULARY = 60_000;
const ONSETS = 'b c d f g h j k l m n p r s t v w z st tr br pl gr ch sh'.split(' ');
const NUCLEI = 'a e i o u ai ea ou'.split(' ');
const ENDINGS = ['', 'n', 'r', 's', 't', 'l'];
const SYLLABLES = [2, 2, 3, 3, 4];
const TITLE_WORDS = 6;
const DESCRIPTION_WORDS = 40;
const TAGS = 4;
/** Moves the frequencies of the first few words together, as in languages (Mandelbrot). */
const SHIFT = 2.7;

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The words, the most frequent first. */
const WORDS = (() => {
  const random = randomNumbers(7);
  const one = (list) => list[Math.floor(random() * list.length)];
  const words = new Set();
  while (words.size < VOCABULARY) {
    const syllables = Array.from({ length: one(SYLLABLES) }, () => one(ONSETS) + one(NUCLEI));
    words.add(syllables.join('') + one(ENDINGS));
  }
  return [...words];
})();

/** How many of all words are this one or more frequent ones, by Zipf's law. */
const SHARES = (() => {
  let sum = 0;
  const sums = Float64Array.from(WORDS, (_, at) => (sum += 1 / (at + SHIFT)));
  return sums.map((one) => one / sum);
})();

/** A word, as often as it is in the texts. */
export function word(random) {
  const wanted = random();
  let [low, high] = [0, SHARES.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (SHARES[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return WORDS[low];
}

/** One of the most frequent words. */
export const commonWord = (random) => WORDS[Math.floor(random() * 12)];

/** Writes a line for each video: its number, title, description, tags as JSON, and views, between tabs. */
export async function writeTexts(path, videos) {
  const random = randomNumbers(11);
  const words = (count) => Array.from({ length: count }, () => word(random));
  const file = createWriteStream(path);
  for (let number = 1; number <= videos; number += 1) {
    const views = random() < 0.7 ? Math.floor(10 ** (random() * 4)) : 0;
    const tags = JSON.stringify([...new Set(words(TAGS))].sort());
    const line = [number, words(TITLE_WORDS).join(' '), words(DESCRIPTION_WORDS).join(' '), tags, views];
    if (!file.write(`${line.join('\t')}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
