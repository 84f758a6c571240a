import { useQuery } from '@tanstack/react-query';
import { Popcorn, Sparkles } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { usePages } from '../../api/pages';
import { homeFeedQuery, LATEST, siteQuery, videosQuery } from '../../api/queries';
import type { VideoFilter } from '../../api/types';
import { useTitle } from '../../components/hooks';
import { Notice, Spinner } from '../../components/states';
import { paths } from '../../paths';
import { t, type TextKey } from '../../texts';
import { NoShorts } from '../../video/NoShorts';
import { VideoGrid } from '../../video/VideoGrid';
import { RecommendedCard } from './RecommendedCard';
import './home.css';

interface List {
  label: TextKey;
  filter: VideoFilter;
}

const LISTS: readonly List[] = [
  { label: 'home.latest', filter: LATEST },
  { label: 'home.trending', filter: { sortBy: 'trending', sortType: 'desc' } },
  { label: 'home.popular', filter: { sortBy: 'views', sortType: 'desc' } },
  { label: 'nav.shorts', filter: { ...LATEST, shorts: 'only' } },
  { label: 'home.short', filter: { sortBy: 'duration', sortType: 'asc' } },
  { label: 'home.long', filter: { sortBy: 'duration', sortType: 'desc' } },
];

/** What is chosen for the viewer, or one of the lists. */
export function Component() {
  useTitle(undefined);
  const [list, setList] = useState<List | null>(null);
  const feed = usePages(homeFeedQuery());
  // Whoever has watched everything gets the latest videos again.
  const hasFeed = !(feed.isSuccess && feed.items.length === 0 && !feed.hasNextPage);
  const showsFeed = list === null && hasFeed;
  const videos = usePages(videosQuery(list?.filter ?? LATEST), { enabled: !showsFeed });
  const hasVideos = hasFeed || list !== null || !(videos.isSuccess && videos.items.length === 0);
  return (
    <div className="page">
      <h1 className="visually-hidden">{t('home.title')}</h1>
      {hasVideos && <Chips list={list} onChoose={setList} />}
      {showsFeed ? (
        <VideoGrid
          query={feed}
          empty={null}
          card={(video, isFirst) => <RecommendedCard key={video._id} video={video} isFirst={isFirst} />}
        />
      ) : (
        <>
          {list === null && videos.items.length > 0 && <p className="muted">{t('home.seen')}</p>}
          <VideoGrid query={videos} empty={list?.filter.shorts ? <NoShorts /> : <FirstVisit />} />
        </>
      )}
    </div>
  );
}

function Chips({ list, onChoose }: { list: List | null; onChoose: (list: List | null) => void }) {
  const me = useMe();
  return (
    <div className="chips" role="group" aria-label={t('home.order')}>
      {[null, ...LISTS].map((choice) => (
        <button
          key={choice?.label ?? 'feed'}
          type="button"
          className="chip"
          aria-pressed={choice === list}
          onClick={() => onChoose(choice)}
        >
          {t(choice?.label ?? (me === null ? 'home.highlights' : 'home.forYou'))}
        </button>
      ))}
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
