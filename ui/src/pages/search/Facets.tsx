import { X } from 'lucide-react';
import type { SearchPage } from '../../api/types';
import { t, type TextKey } from '../../texts';
import { formatNumber } from '../../texts/format';
import type { Narrowing, Wanted } from './filter';

type Counts = SearchPage['facets'];

const FACETS: Readonly<Record<Narrowing, keyof Counts>> = {
  tag: 'tags',
  channel: 'channels',
  length: 'durations',
  year: 'years',
};
const LENGTHS: Readonly<Record<string, TextKey>> = {
  short: 'length.short',
  medium: 'length.medium',
  long: 'length.long',
};
const ORDER = ['length', 'year', 'tag', 'channel'] as const satisfies readonly Narrowing[];

function labelOf(by: Narrowing, value: string): string {
  if (by === 'tag') return `#${value}`;
  if (by === 'channel') return `@${value}`;
  const length = by === 'length' ? LENGTHS[value] : undefined;
  return length ? t(length) : value;
}

interface Props {
  narrowed: Wanted['narrowed'];
  facets: Counts | undefined;
  /** How many results there are. */
  total: number;
  onToggle: (by: Narrowing, value: string) => void;
}

/** What narrows the results, then what might. Its height is the same without any. */
export function Facets({ narrowed, facets, total, onToggle }: Props) {
  const isNarrowed = (by: Narrowing, value: string) => narrowed.some((it) => it.by === by && it.value === value);
  const offered = ORDER.flatMap((by) =>
    (facets?.[FACETS[by]] ?? [])
      // What all have narrows nothing.
      .filter(({ value, count }) => count < total && !isNarrowed(by, value))
      .map(({ value, count }) => ({ by, value, count })),
  );
  return (
    <div className="chips search-facets" role="group" aria-label={t('search.filters')}>
      {narrowed.map(({ by, value }) => (
        <button
          key={`${by} ${value}`}
          type="button"
          className="chip"
          aria-pressed="true"
          onClick={() => onToggle(by, value)}
        >
          {labelOf(by, value)}
          <X size={14} aria-hidden />
        </button>
      ))}
      {offered.map(({ by, value, count }) => (
        <button
          key={`${by} ${value}`}
          type="button"
          className="chip"
          aria-pressed="false"
          onClick={() => onToggle(by, value)}
        >
          {labelOf(by, value)} <span className="search-facets__count">{formatNumber(count)}</span>
        </button>
      ))}
    </div>
  );
}
