import type { ReactNode } from 'react';
import type { PagedQuery } from '../api/pages';
import type { VideoSummary } from '../api/types';
import { Failure, LoadMore } from '../components/states';
import { useWatchPageAhead } from '../pages/watch/load';
import { t } from '../texts';
import { CardSkeletons, VideoCard } from './VideoCard';

/** Cards above the fold, whose thumbnails are loaded first. */
const IN_SIGHT = 4;

interface Props<T> {
  query: PagedQuery<T>;
  empty: ReactNode;
  variant?: 'tile' | 'result';
  hidesOwner?: boolean;
  /** Shows only matching videos. */
  filter?: (video: T) => boolean;
  /** Renders a card in another way. */
  card?: (video: T, isFirst: boolean) => ReactNode;
}

/** A grid of videos with infinite scrolling, and its loading, empty and error states. */
export function VideoGrid<T extends VideoSummary>(props: Props<T>) {
  const { query, empty, variant = 'tile', hidesOwner, filter = () => true } = props;
  const {
    card = (video, isFirst) => (
      <VideoCard key={video._id} video={video} variant={variant} hidesOwner={hidesOwner} isFirst={isFirst} />
    ),
  } = props;
  const shown = query.items.filter(filter);
  useWatchPageAhead(shown.length > 0);
  const className = variant === 'tile' ? 'video-grid' : 'video-results';
  if (query.isError && query.items.length === 0) {
    return <Failure error={query.error} retry={() => query.refetch()} />;
  }
  if (query.isPending) {
    return (
      <div className={className} role="status" aria-label={t('state.loading')}>
        <CardSkeletons look={variant} />
      </div>
    );
  }
  if (shown.length === 0 && !query.hasNextPage) return empty;
  return (
    <>
      <div className={className}>{shown.map((video, at) => card(video, at < IN_SIGHT))}</div>
      <LoadMore {...query} />
    </>
  );
}
