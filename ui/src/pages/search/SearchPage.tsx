import { keepPreviousData } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import { useSearchParams } from 'react-router';
import { usePages } from '../../api/pages';
import { videosQuery } from '../../api/queries';
import type { SortBy } from '../../api/types';
import { useTitle } from '../../components/hooks';
import { Notice } from '../../components/states';
import { t, type TextKey } from '../../texts';
import { countVideos } from '../../texts/format';
import { VideoGrid } from '../../video/VideoGrid';
import './search.css';

const SORTS: readonly { value: string; label: TextKey; sortBy: SortBy; sortType: 'asc' | 'desc' }[] = [
  { value: 'newest', label: 'sort.newest', sortBy: 'createdAt', sortType: 'desc' },
  { value: 'oldest', label: 'sort.oldest', sortBy: 'createdAt', sortType: 'asc' },
  { value: 'views', label: 'sort.views', sortBy: 'views', sortType: 'desc' },
  { value: 'longest', label: 'sort.longest', sortBy: 'duration', sortType: 'desc' },
  { value: 'shortest', label: 'sort.shortest', sortBy: 'duration', sortType: 'asc' },
  { value: 'title', label: 'sort.title', sortBy: 'title', sortType: 'asc' },
];
/** Ranges in seconds. */
const LENGTHS: readonly { value: string; label: TextKey; from: number; to: number }[] = [
  { value: 'any', label: 'length.any', from: 0, to: Infinity },
  { value: 'short', label: 'length.short', from: 0, to: 240 },
  { value: 'medium', label: 'length.medium', from: 240, to: 1200 },
  { value: 'long', label: 'length.long', from: 1200, to: Infinity },
];

export function Component() {
  const [params, setParams] = useSearchParams();
  const query = params.get('q')?.trim() ?? '';
  const sort = SORTS.find(({ value }) => value === params.get('sort')) ?? SORTS[0];
  const length = LENGTHS.find(({ value }) => value === params.get('length')) ?? LENGTHS[0];
  const found = usePages(videosQuery({ query, sortBy: sort?.sortBy, sortType: sort?.sortType }), {
    placeholderData: keepPreviousData,
  });
  useTitle(query || t('nav.search'));

  const choose = (name: string, value: string, initial: string | undefined) =>
    setParams(
      (old) => {
        if (value === initial) old.delete(name);
        else old.set(name, value);
        return old;
      },
      { replace: true, preventScrollReset: true },
    );
  return (
    <div className="page page--narrow">
      <header className="search-head">
        <div>
          <h1>{query ? t('search.title', { query }) : t('search.all')}</h1>
          {found.isSuccess && <p className="muted">{countVideos(found.total)}</p>}
        </div>
        <div className="search-head__choices">
          <Choice
            label={t('length.label')}
            value={length?.value}
            options={LENGTHS}
            onChange={(value) => choose('length', value, LENGTHS[0]?.value)}
          />
          <Choice
            label={t('sort.label')}
            value={sort?.value}
            options={SORTS}
            onChange={(value) => choose('sort', value, SORTS[0]?.value)}
          />
        </div>
      </header>
      <VideoGrid
        query={found}
        variant="result"
        filter={(video) => !length || (video.duration >= length.from && video.duration < length.to)}
        empty={
          <Notice icon={SearchX} title={t('search.nothing')}>
            {t('search.nothingText')}
          </Notice>
        }
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  options: readonly { value: string; label: TextKey }[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label className="select">
      <span className="visually-hidden">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {t(option.label)}
          </option>
        ))}
      </select>
    </label>
  );
}
