import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { PlaylistDetail } from '../../api/types';
import { paths } from '../../paths';
import { t } from '../../texts';
import { VideoCard } from '../../video/VideoCard';

interface Props {
  playlist: PlaylistDetail;
  currentId: string;
  /** Items after the videos. */
  children: ReactNode;
}

/** The playlist that is being played. */
export function Queue({ playlist, currentId, children }: Props) {
  const current = useRef<HTMLLIElement>(null);
  const at = playlist.videos.findIndex((video) => video._id === currentId);
  useEffect(() => {
    const item = current.current;
    // `scrollIntoView` would scroll the page as well.
    if (item?.parentElement) item.parentElement.scrollTop = item.offsetTop - item.parentElement.offsetTop;
  }, [currentId]);
  return (
    <section className="queue">
      <header className="queue__head">
        <h2>
          <Link to={paths.playlist(playlist._id)}>{playlist.name}</Link>
        </h2>
        {at >= 0 && <p className="muted">{t('playlist.position', { at: at + 1, of: playlist.totalVideos })}</p>}
      </header>
      <ol className="queue__list">
        {playlist.videos.map((video) => (
          <li
            key={video._id}
            ref={video._id === currentId ? current : undefined}
            aria-current={video._id === currentId || undefined}
          >
            <VideoCard video={video} variant="row" level={3} list={playlist._id} />
          </li>
        ))}
        {children}
      </ol>
    </section>
  );
}
