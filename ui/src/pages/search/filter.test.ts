import { describe, expect, test } from 'vitest';
import { readWanted, toFilter, toggled, withoutNarrowing } from './filter';

const filterOf = (address: string) => toFilter(readWanted(new URLSearchParams(address)));

describe('what is asked for', () => {
  test('is the query, the best videos first', () => {
    expect(filterOf('q= green tea ')).toMatchObject({ q: 'green tea', type: 'videos', sort: 'relevance' });
  });

  test('has the tags before the query, whose last word may go on', () => {
    expect(filterOf('q=te&tag=slow living&tag=tea').q).toBe('tag:"slow living" tag:"tea" te');
  });

  test('is within a year and a length', () => {
    expect(filterOf('q=tea&year=2025&length=medium')).toMatchObject({
      after: '2025',
      before: '2026',
      longer: '4m',
      shorter: '20m',
    });
  });

  test('leaves out what is no value', () => {
    const filter = filterOf('q=tea&type=cups&sort=taste&year=late&length=toString&channel=');
    expect(filter).toMatchObject({ type: 'videos', sort: 'relevance' });
    expect(Object.keys(filter).filter((name) => filter[name as keyof typeof filter] !== undefined)).toEqual([
      'q',
      'type',
      'sort',
    ]);
  });
});

describe('the address', () => {
  const after = (address: string, ...change: [Parameters<typeof toggled>[1], string]) =>
    toggled(new URLSearchParams(address), ...change).toString();

  test('gains what narrows, and loses it again', () => {
    expect(after('q=tea', 'year', '2025')).toBe('q=tea&year=2025');
    expect(after('q=tea&year=2025', 'year', '2025')).toBe('q=tea');
    expect(after('q=tea&year=2024', 'year', '2025')).toBe('q=tea&year=2025');
  });

  test('may have several tags', () => {
    expect(after('q=tea&tag=a', 'tag', 'b')).toBe('q=tea&tag=a&tag=b');
    expect(after('q=tea&tag=a&tag=b', 'tag', 'a')).toBe('q=tea&tag=b');
  });

  test('is rid of all that narrows', () => {
    const all = new URLSearchParams('q=tea&tag=a&tag=b&channel=asha&length=short&year=2025&sort=date');
    expect(withoutNarrowing(all).toString()).toBe('q=tea&sort=date');
  });
});
