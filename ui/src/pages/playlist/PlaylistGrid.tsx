import { ListVideo } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { mediaUrl } from '../../api/client';
import type { PlaylistSummary } from '../../api/types';
import { Failure } from '../../components/states';
import { paths } from '../../paths';
import { t } from '../../texts';
import { countVideos, formatAgo } from '../../texts/format';
import { CardSkeletons } from '../../video/VideoCard';
import './playlist.css';

interface Props {
  query: { data?: PlaylistSummary[]; isPending: boolean; error: Error | null; refetch: () => unknown };
  empty: ReactNode;
}

export function PlaylistGrid({ query, empty }: Props) {
  if (query.error && !query.data) return <Failure error={query.error} retry={() => query.refetch()} />;
  if (!query.data) {
    return (
      <div className="video-grid" role="status" aria-label={t('state.loading')}>
        <CardSkeletons count={4} />
      </div>
    );
  }
  if (query.data.length === 0) return empty;
  return (
    <div className="video-grid">
      {query.data.map((playlist) => (
        <article key={playlist._id} className="playlist-card">
          <span className="playlist-card__pile">
            <span className="thumb" data-state={playlist.videos[0] ? 'shown' : 'broken'}>
              {playlist.videos[0] && (
                <img src={mediaUrl(playlist.videos[0].thumbnail)} alt="" width={640} height={360} loading="lazy" />
              )}
              <span className="playlist-card__count">
                <ListVideo size={16} aria-hidden />
                {countVideos(playlist.totalVideos)}
              </span>
            </span>
          </span>
          <h2 className="video-card__title">
            <Link to={paths.playlist(playlist._id)}>{playlist.name}</Link>
          </h2>
          <p className="muted">{t('playlist.changed', { ago: formatAgo(playlist.updatedAt) })}</p>
        </article>
      ))}
    </div>
  );
}
