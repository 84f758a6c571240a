import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import type { SearchResult } from '../../api/types';
import { useTitle } from '../../components/hooks';
import { Failure, LoadMore } from '../../components/states';
import { t, type TextKey } from '../../texts';
import { CardSkeletons } from '../../video/VideoCard';
import { useWatchPageAhead } from '../watch/load';
import { Facets } from './Facets';
import { readWanted, SORTS, toFilter, toggled, TYPES, withoutNarrowing, type Wanted } from './filter';
import { NothingAsked, NothingFound } from './Nothing';
import { searchQuery, type FoundQuery } from './query';
import { idOf, Result, RowSkeletons } from './Result';
import { Summary } from './Summary';
import './search.css';

const TYPE_LABELS: Readonly<Record<Wanted['type'], TextKey>> = {
  videos: 'channel.videos',
  channels: 'search.channels',
  tweets: 'channel.posts',
  playlists: 'channel.playlists',
};
const SORT_LABELS: Readonly<Record<Wanted['sort'], TextKey>> = {
  relevance: 'sort.relevance',
  date: 'sort.newest',
  views: 'sort.views',
};
/** Results above the fold, whose thumbnails are loaded first. */
const IN_SIGHT = 4;

export function Component() {
  const [params, setParams] = useSearchParams();
  const wanted = readWanted(params);
  useTitle(wanted.query || t('nav.search'));
  const isAsked = wanted.query !== '' || wanted.narrowed.length > 0;
  const found = useInfiniteQuery({
    ...searchQuery(toFilter(wanted)),
    enabled: isAsked,
    // Keep the results until the narrowed ones are there.
    placeholderData: keepPreviousData,
  });
  const change = (next: URLSearchParams) => setParams(next, { replace: true, preventScrollReset: true });
  /** Sets a parameter, or removes it if it has its default. */
  const choose = (name: string, value: string, initial: string) => {
    const next = new URLSearchParams(params);
    if (value === initial) next.delete(name);
    else next.set(name, value);
    return next;
  };
  const first = isAsked ? found.data?.pages[0] : undefined;
  return (
    <div className="page page--narrow search-page">
      <header className="search-head">
        <h1>{wanted.query ? t('search.title', { query: wanted.query }) : t('nav.search')}</h1>
        <div className="chips" role="group" aria-label={t('search.type')}>
          {TYPES.map((type) => (
            <button
              key={type}
              type="button"
              className="chip"
              aria-pressed={type === wanted.type}
              onClick={() => change(withoutNarrowing(choose('type', type, TYPES[0])))}
            >
              {t(TYPE_LABELS[type])}
            </button>
          ))}
        </div>
        <Facets
          narrowed={wanted.narrowed}
          facets={first?.facets}
          total={first?.total ?? 0}
          onToggle={(by, value) => change(toggled(params, by, value))}
        />
        <div className="search-head__foot">
          <Summary page={first} params={params} />
          <SortChoice sort={wanted.sort} onChange={(sort) => change(choose('sort', sort, SORTS[0]))} />
        </div>
      </header>
      {isAsked ? (
        <Results
          found={found}
          type={wanted.type}
          onUnfilter={wanted.narrowed.length > 0 ? () => change(withoutNarrowing(params)) : undefined}
        />
      ) : (
        <NothingAsked />
      )}
    </div>
  );
}

function SortChoice({ sort, onChange }: { sort: Wanted['sort']; onChange: (sort: string) => void }) {
  return (
    <label className="select">
      <span className="visually-hidden">{t('sort.label')}</span>
      <select value={sort} onChange={(event) => onChange(event.target.value)}>
        {SORTS.map((choice) => (
          <option key={choice} value={choice}>
            {t(SORT_LABELS[choice])}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ResultsProps {
  found: FoundQuery;
  type: Wanted['type'];
  onUnfilter: (() => void) | undefined;
}

function Results({ found, type, onUnfilter }: ResultsProps) {
  const results = found.data?.pages.flatMap(({ items }) => items) ?? [];
  useWatchPageAhead(type === 'videos' && results.length > 0);
  const List = type === 'videos' ? 'div' : 'ul';
  if (found.isError && results.length === 0) return <Failure error={found.error} retry={() => void found.refetch()} />;
  // Other types of results look different: rather wait than show them as they were.
  if (found.isPending || (found.isPlaceholderData && results[0] && typeOf(results[0]) !== type)) {
    return (
      <div role="status" aria-label={t('state.loading')}>
        <List className="video-results">{type === 'videos' ? <CardSkeletons look="result" /> : <RowSkeletons />}</List>
      </div>
    );
  }
  if (results.length === 0) return <NothingFound onUnfilter={onUnfilter} />;
  return (
    <>
      <List className="video-results" aria-busy={found.isPlaceholderData}>
        {results.map((result, at) => (
          <Result key={idOf(result)} result={result} isFirst={at < IN_SIGHT} />
        ))}
      </List>
      <LoadMore {...found} />
    </>
  );
}

const typeOf = (result: SearchResult) => `${result.type}s`;
