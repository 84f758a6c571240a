import { useQuery } from '@tanstack/react-query';
import { Popcorn, Sparkles } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { usePages } from '../../api/pages';
import { LATEST, siteQuery, videosQuery } from '../../api/queries';
import type { SortBy } from '../../api/types';
import { useTitle } from '../../components/hooks';
import { Notice, Spinner } from '../../components/states';
import { paths } from '../../paths';
import { t, type TextKey } from '../../texts';
import { VideoGrid } from '../../video/VideoGrid';
import './home.css';

interface Order {
  label: TextKey;
  sortBy: SortBy;
  sortType: 'asc' | 'desc';
}

const ORDERS: readonly [Order, ...Order[]] = [
  { label: 'home.latest', ...LATEST },
  { label: 'home.trending', sortBy: 'trending', sortType: 'desc' },
  { label: 'home.popular', sortBy: 'views', sortType: 'desc' },
  { label: 'home.short', sortBy: 'duration', sortType: 'asc' },
  { label: 'home.long', sortBy: 'duration', sortType: 'desc' },
];

export function Component() {
  useTitle(undefined);
  const [order, setOrder] = useState(ORDERS[0]);
  const videos = usePages(videosQuery({ sortBy: order.sortBy, sortType: order.sortType }));
  const isEmpty = videos.isSuccess && videos.items.length === 0;
  return (
    <div className="page">
      <h1 className="visually-hidden">{t('home.title')}</h1>
      {!isEmpty && (
        <div className="chips" role="group" aria-label={t('home.order')}>
          {ORDERS.map((choice) => (
            <button
              key={choice.label}
              type="button"
              className="chip"
              aria-pressed={choice === order}
              onClick={() => setOrder(choice)}
            >
              {t(choice.label)}
            </button>
          ))}
        </div>
      )}
      <VideoGrid query={videos} empty={<FirstVisit />} />
    </div>
  );
}

/** Shown on an empty site: invites strangers to register, and accounts to upload the first video. */
function FirstVisit() {
  const me = useMe();
  const site = useQuery(siteQuery());
  const isNew = site.data?.hasAccounts === false;
  // Do not flash one invitation before the other.
  if (site.isPending) return <Spinner />;
  return (
    <div className="welcome">
      <Notice
        icon={me ? Popcorn : Sparkles}
        title={t(me ? 'welcome.upload' : 'welcome.title')}
        action={
          me ? (
            <Link className="button" to={paths.studio()}>
              {t('welcome.toStudio')}
            </Link>
          ) : (
            <>
              <Link className="button" to={paths.register()}>
                {t(isNew ? 'welcome.first' : 'account.register')}
              </Link>
              {!isNew && (
                <Link className="button" data-variant="quiet" to={paths.login()}>
                  {t('account.logIn')}
                </Link>
              )}
            </>
          )
        }
      >
        {t(me ? 'welcome.uploadText' : isNew ? 'welcome.firstText' : 'welcome.text')}
      </Notice>
    </div>
  );
}
