import { beforeEach, expect, test } from 'vitest';
import { forgetSearch, forgetSearches, RECENT_MAX, recentSearches, rememberSearch } from './recent-searches';

beforeEach(() => localStorage.clear());

test('the last searches are remembered, the latest first and each once', () => {
  for (const query of ['tea', 'chai', 'tea']) rememberSearch(query);
  expect(recentSearches()).toEqual(['tea', 'chai']);
  for (let at = 0; at < RECENT_MAX; at += 1) rememberSearch(`tea ${at}`);
  expect(recentSearches()).toHaveLength(RECENT_MAX);
  expect(recentSearches()[0]).toBe(`tea ${RECENT_MAX - 1}`);
  expect(recentSearches()).not.toContain('chai');
});

test('one or all can be forgotten', () => {
  for (const query of ['tea', 'chai', 'coffee']) rememberSearch(query);
  forgetSearch('chai');
  expect(recentSearches()).toEqual(['coffee', 'tea']);
  forgetSearches();
  expect(recentSearches()).toEqual([]);
  expect(localStorage).toHaveLength(0);
});

test('what is stored but no list is none', () => {
  for (const broken of ['{', '{"a":1}', '7']) {
    localStorage.setItem('chaitube.searches', broken);
    expect(recentSearches()).toEqual([]);
  }
});
