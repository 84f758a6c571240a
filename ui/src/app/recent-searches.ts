// What was searched for in this browser. It is sent nowhere.

import { readStored, writeStored } from '../storage';

const KEY = 'searches';
export const RECENT_MAX = 10;

export function recentSearches(): readonly string[] {
  try {
    const list: unknown = JSON.parse(readStored(KEY) ?? '[]');
    return Array.isArray(list) ? list.filter((text) => typeof text === 'string').slice(0, RECENT_MAX) : [];
  } catch {
    return [];
  }
}

export function rememberSearch(query: string): void {
  store([query, ...recentSearches().filter((other) => other !== query)].slice(0, RECENT_MAX));
}

export function forgetSearch(query: string): void {
  store(recentSearches().filter((other) => other !== query));
}

export function forgetSearches(): void {
  store([]);
}

function store(queries: readonly string[]): void {
  writeStored(KEY, queries.length > 0 ? JSON.stringify(queries) : null);
}
