import { skipToken, useQuery } from '@tanstack/react-query';
import { FileQuestion } from 'lucide-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { isNotFound } from '../../api/client';
import { usePages } from '../../api/pages';
import { shortsQuery, videoQuery } from '../../api/queries';
import { useTitle } from '../../components/hooks';
import { Failure, Notice } from '../../components/states';
import { paths } from '../../paths';
import { t } from '../../texts';
import { NoShorts } from '../../video/NoShorts';
import { ShortList } from './ShortList';
import './shorts.css';

/** Shorts one below the other. The one that the address names comes first. */
export function Component() {
  useTitle(t('nav.shorts'));
  const { videoId } = useParams();
  // The address follows what is watched.
  const [firstId] = useState(videoId);
  const first = useQuery({ ...videoQuery(firstId ?? ''), ...(firstId === undefined && { queryFn: skipToken }) });
  const feed = usePages(shortsQuery());
  const rest = feed.items.filter(({ _id }) => _id !== firstId);
  const shorts = first.data ? [first.data, ...rest] : rest;
  const isWaiting = firstId ? first.isPending : feed.isPending;
  const error = first.error ?? (shorts.length === 0 ? feed.error : null);
  return (
    <>
      <h1 className="visually-hidden">{t('nav.shorts')}</h1>
      {isWaiting ? (
        <Waiting />
      ) : error && isNotFound(error) ? (
        <NoShort />
      ) : error ? (
        <Failure error={error} retry={() => void (first.error ? first : feed).refetch()} />
      ) : shorts.length === 0 ? (
        <NoShorts />
      ) : (
        <ShortList shorts={shorts} query={feed} />
      )}
    </>
  );
}

function Waiting() {
  return (
    <div className="shorts" role="status" aria-label={t('state.loading')}>
      <div className="short">
        <div className="short__stage skeleton" />
      </div>
    </div>
  );
}

function NoShort() {
  return (
    <Notice
      icon={FileQuestion}
      title={t('watch.missing')}
      action={
        // A new document, because this address is that of the same page.
        <Link to={paths.shorts()} className="button" reloadDocument>
          {t('nav.shorts')}
        </Link>
      }
    >
      {t('watch.missingText')}
    </Notice>
  );
}
