import { useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useParams, useSearchParams } from 'react-router';
import { isNotFound } from '../../api/client';
import { videoQuery } from '../../api/queries';
import { useTitle } from '../../components/hooks';
import { Spinner } from '../../components/states';
import { paths } from '../../paths';
import Player from '../../player/Player';
import { t } from '../../texts';
import './embed.css';

/** The player alone, for frames in other sites. */
export function Component() {
  const { videoId: id = '' } = useParams();
  const [params] = useSearchParams();
  const video = useQuery(videoQuery(id));
  useTitle(video.data?.title);
  const start = Number(params.get('t'));
  if (video.isError) {
    return (
      <p className="embed embed__note" role="alert">
        {isNotFound(video.error) ? t('watch.missing') : video.error.message}
      </p>
    );
  }
  if (!video.data) {
    return (
      <div className="embed embed__note">
        <Spinner />
      </div>
    );
  }
  return (
    <main className="embed">
      <h1 className="embed__title">
        <a href={paths.watch(id)} target="_blank" rel="noopener">
          {video.data.title}
          <ExternalLink size={16} aria-hidden />
        </a>
      </h1>
      <Player
        video={video.data}
        startAt={start > 0 ? start : undefined}
        from="embed"
        autoPlay={params.get('autoplay') === '1'}
      />
    </main>
  );
}
