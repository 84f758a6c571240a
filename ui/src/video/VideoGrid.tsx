import type { ReactNode } from 'react';
import type { VideoCard as Video } from '../api/types';
import { Failure, ListEnd } from '../components/states';
import { t } from '../texts';
import { CardSkeletons, VideoCard } from './VideoCard';

/** Cards of the first rows, which are in sight when the page opens. */
const IN_SIGHT = 4;

interface Query {
  items: Video[];
  isPending: boolean;
  isError: boolean;
  error: Error | null;
  refetch: () => unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError?: boolean;
  fetchNextPage: () => unknown;
}

interface Props {
  query: Query;
  empty: ReactNode;
  look?: 'tile' | 'result';
  hidesOwner?: boolean;
  /** Which of the films are shown. */
  only?: (video: Video) => boolean;
}

/** Films as far as one scrolls, with all the states on the way. */
export function VideoGrid({ query, empty, look = 'tile', hidesOwner, only = () => true }: Props) {
  const shown = query.items.filter(only);
  const className = look === 'tile' ? 'video-grid' : 'video-results';
  if (query.isError && query.items.length === 0) {
    return <Failure error={query.error ?? new Error()} retry={() => query.refetch()} />;
  }
  if (query.isPending) {
    return (
      <div className={className} role="status" aria-label={t('state.loading')}>
        <CardSkeletons look={look} />
      </div>
    );
  }
  if (shown.length === 0 && !query.hasNextPage) return empty;
  return (
    <>
      <div className={className}>
        {shown.map((video, at) => (
          <VideoCard key={video._id} video={video} look={look} hidesOwner={hidesOwner} isFirst={at < IN_SIGHT} />
        ))}
      </div>
      <ListEnd {...query} />
    </>
  );
}
