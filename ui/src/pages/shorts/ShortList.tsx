import { ChevronDown, ChevronUp } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useLocation } from 'react-router';
import type { PagedQuery } from '../../api/pages';
import type { VideoSummary } from '../../api/types';
import { useTitle } from '../../components/hooks';
import { Failure } from '../../components/states';
import { paths } from '../../paths';
import { t } from '../../texts';
import { useShortKeys } from './keys';
import { useScroller } from './scroller';
import { Short, type ShortVideo } from './Short';

/** More are fetched when so many are left. */
const LEFT_MIN = 4;

interface Props {
  shorts: readonly ShortVideo[];
  query: PagedQuery<VideoSummary>;
}

/** Shorts one below the other, of which the one in view plays. */
export function ShortList({ shorts, query }: Props) {
  const { scroller, at, goTo, onScroll } = useScroller();
  const currentId = shorts[at]?._id ?? null;
  const [pausedId, setPausedId] = useState<string | null>(null);
  const isPaused = pausedId === currentId;
  const setPaused = (pauses: boolean) => setPausedId(pauses ? currentId : null);
  const [isMuted, setMuted] = useState(false);
  useTitle(shorts[at]?.title);
  useMore(query, shorts.length - at);
  useAddress(currentId, () => goTo(0));
  useShortKeys({
    next: () => goTo(at + 1),
    previous: () => goTo(at - 1),
    toggle: () => setPaused(!isPaused),
    mute: () => setMuted(!isMuted),
  });
  return (
    <>
      <div
        ref={scroller}
        className="shorts"
        role="feed"
        aria-label={t('nav.shorts')}
        aria-busy={query.isFetchingNextPage}
        onScroll={onScroll}
      >
        {shorts.map((video, index) => (
          <Short
            key={video._id}
            video={video}
            position={index + 1}
            turn={index === at ? 'current' : index === at + 1 ? 'next' : 'other'}
            isPaused={isPaused}
            isMuted={isMuted}
            onPaused={setPaused}
            onMuted={setMuted}
          />
        ))}
        {query.isFetchNextPageError && query.error && (
          <div className="short">
            <Failure error={query.error} retry={() => void query.fetchNextPage()} />
          </div>
        )}
      </div>
      <Steps isFirst={at === 0} isLast={at >= shorts.length - 1} onStep={(by) => goTo(at + by)} />
    </>
  );
}

/** Buttons for whoever has a pointer, but nothing to scroll with. */
function Steps({ isFirst, isLast, onStep }: { isFirst: boolean; isLast: boolean; onStep: (by: 1 | -1) => void }) {
  return (
    <div className="shorts__steps">
      <button
        type="button"
        className="icon-button"
        aria-label={t('shorts.previous')}
        disabled={isFirst}
        onClick={() => onStep(-1)}
      >
        <ChevronUp size={24} aria-hidden />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={t('shorts.next')}
        disabled={isLast}
        onClick={() => onStep(1)}
      >
        <ChevronDown size={24} aria-hidden />
      </button>
    </div>
  );
}

/** Fetches more before the end is reached. */
function useMore({ hasNextPage, isFetching, isFetchNextPageError, fetchNextPage }: Props['query'], left: number) {
  const isWanted = left <= LEFT_MIN && hasNextPage && !isFetching && !isFetchNextPageError;
  useEffect(() => {
    if (isWanted) void fetchNextPage();
  }, [isWanted, fetchNextPage]);
}

/** Lets the address name what is watched, so that one comes back to it. A link to the page itself leads to the start. */
function useAddress(currentId: string | null, toStart: () => void) {
  const { key } = useLocation();
  const last = useRef(currentId);
  const goToStart = useEffectEvent(toStart);
  useEffect(() => {
    if (!currentId || currentId === last.current) return;
    last.current = currentId;
    // Not by the router: that would break off the way to a link that was pressed while the list still scrolled.
    history.replaceState(history.state, '', paths.short(currentId));
  }, [currentId]);
  useEffect(() => goToStart(), [key]);
}
