import { Link } from 'react-router';
import type { SearchPage } from '../../api/types';
import { t } from '../../texts';
import { formatNumber } from '../../texts/format';

interface Props {
  page:
    { total: number; totalIsAtLeast: SearchPage['totalIsAtLeast']; didYouMean?: SearchPage['didYouMean'] } | undefined;
  params: URLSearchParams;
}

/** How much was found, and whether the query seems to be misspelled. One line, also before that is known. */
export function Summary({ page, params }: Props) {
  return (
    <p className="search-summary" role="status">
      {page && (
        <>
          {t('count.results', { count: page.total, n: formatNumber(page.total) + (page.totalIsAtLeast ? '+' : '') })}
          {page.didYouMean && (
            <span>
              {t('search.didYouMean')}{' '}
              <Link to={{ search: corrected(params, page.didYouMean) }}>{page.didYouMean}</Link>
            </span>
          )}
        </>
      )}
    </p>
  );
}

function corrected(params: URLSearchParams, query: string): string {
  const next = new URLSearchParams(params);
  next.set('q', query);
  return next.toString();
}
