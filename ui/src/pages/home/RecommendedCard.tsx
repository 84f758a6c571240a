import { EllipsisVertical } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, type ComponentProps } from 'react';
import { useMe } from '../../api/account';
import type { Recommended } from '../../api/types';
import { LazyMenu } from '../../components/LazyMenu';
import { t } from '../../texts';
import { VideoCard } from '../../video/VideoCard';
import { reasonOf } from './reason';

const CardMenu = lazy(() => import('./NotInterested').then((it) => ({ default: it.CardMenu })));
const HiddenNotice = lazy(() => import('./NotInterested').then((it) => ({ default: it.HiddenNotice })));

/** A video of the feed and why it is there. Members can say that they are not interested, and take it back. */
export function RecommendedCard({ video, isFirst }: { video: Recommended; isFirst: boolean }) {
  const me = useMe();
  const place = useRef<HTMLDivElement>(null);
  const wasHidden = useRef(false);
  const isHidden = video.isHidden ?? false;
  useEffect(() => {
    // The notice goes, and the focus that was on it.
    if (wasHidden.current && !isHidden) place.current?.querySelector<HTMLElement>('h2 a')?.focus();
    wasHidden.current = isHidden;
  }, [isHidden]);
  const button = <MenuButton aria-label={t('card.menu', { title: video.title })} />;
  return (
    <div ref={place} className="recommended" data-hidden={isHidden || undefined}>
      {/* It keeps its place, so that no other card moves. */}
      <div className="recommended__card" inert={isHidden}>
        <VideoCard
          video={video}
          isFirst={isFirst}
          note={reasonOf(video)}
          action={
            // Also until it is known who somebody with a session is, so that the title does not move.
            me !== null && (
              <div className="recommended__menu">
                <LazyMenu button={button}>
                  <CardMenu video={video} button={button} />
                </LazyMenu>
              </div>
            )
          }
        />
      </div>
      <Suspense>{isHidden && <HiddenNotice video={video} />}</Suspense>
    </div>
  );
}

function MenuButton(props: ComponentProps<'button'>) {
  return (
    <button type="button" className="icon-button" {...props}>
      <EllipsisVertical size={20} aria-hidden />
    </button>
  );
}
