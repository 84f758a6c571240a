import { beforeEach, describe, expect, test, vi } from 'vitest';
import { currentLanguage, loadTexts, t } from '.';
import { en } from './en';
import { countViews, formatAgo, formatBytes, formatCompact, formatDuration, formatDurationInWords } from './format';
import { hi } from './hi';

const places = (message: unknown) => (JSON.stringify(message).match(/\{\w+\}/g) ?? []).sort();

async function speak(...languages: string[]) {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(languages);
  await loadTexts();
}

beforeEach(async () => {
  localStorage.clear();
  await speak('en-US');
});

describe('the catalogue', () => {
  test.each(Object.keys(en) as (keyof typeof en)[])('%s has the same places in both languages', (key) => {
    expect(places(hi[key])).toEqual(places(en[key]));
  });

  test('speaks the first of the browser’s languages that it knows', async () => {
    await speak('fr', 'hi-IN', 'en');
    expect(currentLanguage()).toBe('hi');
    expect(t('nav.home')).toBe('होम');
    expect(document.documentElement.lang).toBe('hi');
  });

  test('speaks the language that was chosen, whatever the browser’s', async () => {
    localStorage.setItem('chaitube.language', 'hi');
    await speak('en-US');
    expect(currentLanguage()).toBe('hi');
  });

  test('counts', () => {
    expect(countViews(1)).toBe('1 view');
    expect(countViews(0)).toBe('0 views');
    expect(countViews(12_345)).toBe('12K views');
  });

  test('fills in what it is given, as it is', () => {
    expect(t('search.title', { query: '$& {n} <b>' })).toBe('Results for “$& {n} <b>”');
  });
});

describe('formats', () => {
  test.each([
    [0, '0:00'],
    [62.9, '1:02'],
    [3_723, '1:02:03'],
    [Number.NaN, '0:00'],
    [-4, '0:00'],
  ])('%d seconds are %s on a clock', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  test('times are spoken in words', () => {
    expect(formatDurationInWords(3_601)).toBe('1 hour 1 second');
    expect(formatDurationInWords(0)).toBe('0 seconds');
  });

  test.each([
    [10, 'just now'],
    [-50, 'just now'],
    [60, '1 minute ago'],
    [26 * 3_600, 'yesterday'],
    [8 * 86_400, 'last week'],
    [800 * 86_400, '2 years ago'],
  ])('%d seconds ago is %s', (seconds, text) => {
    const now = Date.UTC(2026, 10, 23);
    expect(formatAgo(new Date(now - seconds * 1_000), now)).toBe(text);
  });

  test('numbers are short in the viewer’s way', async () => {
    expect(formatCompact(1_234)).toBe('1.2K');
    await speak('hi-IN');
    expect(formatCompact(150_000).replace(/\s/, ' ')).toBe('1.5 लाख');
  });

  test.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [1_500_000, '1.5 MB'],
    [3_000_000_000, '3 GB'],
  ])('%d bytes are %s', (count, text) => expect(formatBytes(count)).toBe(text));
});
