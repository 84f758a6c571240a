import { useQuery } from '@tanstack/react-query';
import { FileQuestion } from 'lucide-react';
import { lazy, Suspense, useCallback, useRef, useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { isNotFound, mediaUrl } from '../../api/client';
import { usePlaylist } from '../../api/playlist';
import { videoQuery } from '../../api/queries';
import type { VideoDetail } from '../../api/types';
import { useStored, useTitle } from '../../components/hooks';
import { Failure, LoadMore, Notice } from '../../components/states';
import { paths } from '../../paths';
import { t } from '../../texts';
import { About } from './About';
import { Comments } from './Comments';
import { Queue } from './Queue';
import { Related } from './Related';
import { sourceOfVisit } from './source';
import './watch.css';

const Player = lazy(() => import('../../player/Player'));

export function Component() {
  const { videoId: id = '' } = useParams();
  const video = useQuery(videoQuery(id));
  useTitle(video.data?.title);
  if (video.isError && !video.data) {
    return isNotFound(video.error) ? <NoVideo /> : <Failure error={video.error} retry={() => void video.refetch()} />;
  }
  return <Watch key={id} id={id} video={video.data} />;
}

function NoVideo() {
  return (
    <Notice
      icon={FileQuestion}
      level={1}
      title={t('watch.missing')}
      action={
        <Link to={paths.home()} className="button">
          {t('missing.home')}
        </Link>
      }
    >
      {t('watch.missingText')}
    </Notice>
  );
}

function Watch({ id, video }: { id: string; video: VideoDetail | undefined }) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const listId = params.get('list') ?? '';
  // Up to the video that is played next.
  const { playlist, ...query } = usePlaylist(listId, ({ videos }) =>
    videos.slice(0, -1).some((video) => video._id === id),
  );
  const [theatre, setTheatre] = useStored<'on' | 'off'>('theatre', 'off');
  const at = useRef(0);
  const [from] = useState(() => (listId ? 'playlist' : sourceOfVisit()));

  const entries = playlist?.videos ?? [];
  const next = entries[entries.findIndex((entry) => entry._id === id) + 1];
  const nextAddress =
    next && entries.some((entry) => entry._id === id) ? paths.watch(next._id, { list: listId }) : undefined;
  const goNext = useCallback(() => {
    if (nextAddress) void navigate(nextAddress);
  }, [navigate, nextAddress]);
  const toggleTheatre = useCallback(() => setTheatre(theatre === 'on' ? 'off' : 'on'), [theatre, setTheatre]);
  const keepTime = useCallback((seconds: number) => {
    at.current = seconds;
  }, []);

  const start = Number(params.get('t')?.replace(/s$/, ''));
  return (
    <div className="watch" data-theatre={theatre === 'on' || undefined}>
      <div className="watch__player">
        <Suspense fallback={<PlayerPlaceholder video={video} />}>
          {video ? (
            <Player
              video={video}
              startAt={start > 0 ? start : undefined}
              from={from}
              autoPlay
              isTheatre={theatre === 'on'}
              onTheatre={toggleTheatre}
              onNext={nextAddress ? goNext : undefined}
              onEnded={goNext}
              onTime={keepTime}
            />
          ) : (
            <PlayerPlaceholder video={undefined} />
          )}
        </Suspense>
      </div>
      <div className="watch__main">
        {video ? <About video={video} at={at} /> : <AboutSkeleton />}
        {video && <Comments videoId={id} count={video.commentsCount} ownerId={video.owner._id} />}
      </div>
      <aside className="watch__rail" aria-label={t('watch.related')}>
        {playlist && listId && (
          <Queue playlist={playlist} currentId={id}>
            {query.hasNextPage && (
              <li>
                <LoadMore {...query} />
              </li>
            )}
          </Queue>
        )}
        {/* The list comes above it. */}
        {!(listId && query.isPending) && <Related video={video} />}
      </aside>
    </div>
  );
}

/** Shown until the player is loaded. */
function PlayerPlaceholder({ video }: { video: VideoDetail | undefined }) {
  return (
    <div className="player" role="status" aria-label={t('state.loading')}>
      {video && <img className="player__video" src={mediaUrl(video.thumbnail)} alt="" />}
    </div>
  );
}

function AboutSkeleton() {
  return (
    <div className="about about--waiting" aria-hidden>
      <span className="skeleton skeleton--title" />
      <div className="about__bar">
        <span className="skeleton skeleton--avatar" />
        <span className="skeleton skeleton--line" />
      </div>
      <span className="skeleton skeleton--box" />
    </div>
  );
}
