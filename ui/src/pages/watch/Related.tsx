import { skipToken, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { keys } from '../../api/keys';
import type { VideoDetail } from '../../api/types';
import { t } from '../../texts';
import { CardSkeletons, VideoCard } from '../../video/VideoCard';

const SHOWN_MAX = 20;

const fetchRelated = (videoId: string, signal: AbortSignal) =>
  unwrap(
    api.GET('/api/v1/videos/{videoId}/related', { params: { path: { videoId }, query: { limit: SHOWN_MAX } }, signal }),
  );

export function Related({ video }: { video: VideoDetail | undefined }) {
  const { data, isPending } = useQuery({
    queryKey: keys.videos.related(video?._id ?? ''),
    queryFn: video ? ({ signal }) => fetchRelated(video._id, signal) : skipToken,
    staleTime: 5 * 60_000,
  });
  if (data?.length === 0) return null;
  return (
    <section className="related">
      <h2>{t('watch.related')}</h2>
      {isPending && <CardSkeletons look="row" count={8} />}
      {data?.map((entry) => (
        <VideoCard key={entry._id} video={entry} variant="row" level={3} />
      ))}
    </section>
  );
}
