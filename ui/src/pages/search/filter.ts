// What the search page shows, as its address says it.

import type { SearchFilter } from '../../api/types';
import { tagTerm } from '../../paths';

export const TYPES = ['videos', 'channels', 'tweets', 'playlists'] as const;
export const SORTS = ['relevance', 'date', 'views'] as const;
/** Lengths as facets count them. */
const LENGTHS = {
  short: { longer: undefined, shorter: '239999ms' },
  medium: { longer: '4m', shorter: '20m' },
  long: { longer: '1200001ms', shorter: undefined },
} as const;

/** Parameters that narrow the results. */
export const NARROWING = ['tag', 'channel', 'length', 'year'] as const;
export type Narrowing = (typeof NARROWING)[number];

export interface Wanted {
  query: string;
  type: (typeof TYPES)[number];
  sort: (typeof SORTS)[number];
  /** What narrows the results, in this order. */
  narrowed: readonly { by: Narrowing; value: string }[];
}

const oneOf = <T extends string>(values: readonly [T, ...T[]], value: string | null): T =>
  values.find((known) => known === value) ?? values[0];

const isLength = (value: string): value is keyof typeof LENGTHS => value in LENGTHS;

function isValid(by: Narrowing, value: string): boolean {
  if (by === 'length') return isLength(value);
  if (by === 'year') return /^[1-9]\d{3}$/.test(value);
  return value.trim() !== '';
}

export function readWanted(params: URLSearchParams): Wanted {
  return {
    query: params.get('q')?.trim() ?? '',
    type: oneOf(TYPES, params.get('type')),
    sort: oneOf(SORTS, params.get('sort')),
    narrowed: NARROWING.flatMap((by) => {
      // Several tags narrow further; of the others a thing has one.
      const values = params.getAll(by).filter((value) => isValid(by, value));
      return (by === 'tag' ? values : values.slice(0, 1)).map((value) => ({ by, value }));
    }),
  };
}

/** Returns what to ask the server for. */
export function toFilter({ query, type, sort, narrowed }: Wanted): SearchFilter {
  const valueOf = (by: Narrowing) => narrowed.find((it) => it.by === by)?.value;
  const tags = narrowed.filter(({ by }) => by === 'tag').map(({ value }) => tagTerm(value));
  const [length, year] = [valueOf('length'), valueOf('year')];
  return {
    // The query comes last, because its last word may be the beginning of one.
    q: [...tags, query].join(' ').trim(),
    type,
    sort,
    channel: valueOf('channel'),
    ...(length && isLength(length) && LENGTHS[length]),
    after: year,
    before: year && String(Number(year) + 1),
  };
}

/** Narrows the results by a value, or no longer. */
export function toggled(params: URLSearchParams, by: Narrowing, value: string): URLSearchParams {
  const next = new URLSearchParams(params);
  const isNarrowed = next.getAll(by).includes(value);
  const others = by === 'tag' ? next.getAll(by).filter((other) => other !== value) : [];
  next.delete(by);
  for (const other of isNarrowed ? others : [...others, value]) next.append(by, other);
  return next;
}

export function withoutNarrowing(params: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const by of NARROWING) next.delete(by);
  return next;
}
