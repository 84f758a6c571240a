import { useQuery } from '@tanstack/react-query';
import { Search, SearchX } from 'lucide-react';
import { Link } from 'react-router';
import { tagsQuery } from '../../api/queries';
import { Notice } from '../../components/states';
import { paths, tagTerm } from '../../paths';
import { t } from '../../texts';

/** Shown if nothing was found: says what may help. */
export function NothingFound({ onUnfilter }: { onUnfilter: (() => void) | undefined }) {
  return (
    <>
      <Notice
        icon={SearchX}
        title={t('search.nothing')}
        action={
          onUnfilter && (
            <button type="button" className="button" onClick={onUnfilter}>
              {t('search.unfilter')}
            </button>
          )
        }
      >
        {t('search.nothingText')}
      </Notice>
      <PopularTags />
    </>
  );
}

/** Shown if nothing is looked for yet. */
export function NothingAsked() {
  return (
    <>
      <Notice icon={Search} title={t('search.start')} />
      <PopularTags />
    </>
  );
}

function PopularTags() {
  const { data = [] } = useQuery(tagsQuery(''));
  if (data.length === 0) return null;
  return (
    <section className="search-tags">
      <h2>{t('search.tags')}</h2>
      <ul>
        {data.map(({ name }) => (
          <li key={name}>
            <Link className="chip" to={paths.search(tagTerm(name))}>
              #{name}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
