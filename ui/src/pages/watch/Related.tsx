import { skipToken, useQuery } from '@tanstack/react-query';
import { keys } from '../../api/keys';
import { fetchVideos } from '../../api/queries';
import type { VideoDetail } from '../../api/types';
import { t } from '../../texts';
import { CardSkeletons, VideoCard } from '../../video/VideoCard';

const FROM_CHANNEL = 6;
const FROM_SITE = 24;
const SHOWN_MAX = 20;

/** Mixes videos of the channel with the most viewed ones. */
async function related(video: VideoDetail, signal: AbortSignal) {
  const [channel, site] = await Promise.all([
    fetchVideos({ userId: video.owner._id, limit: FROM_CHANNEL }, signal),
    fetchVideos({ sortBy: 'views', limit: FROM_SITE }, signal),
  ]);
  const seen = new Set([video._id]);
  const mixed = [];
  for (let at = 0; at < FROM_SITE; at += 1) {
    for (const entry of [site.items[at], channel.items[at]]) {
      if (!entry || seen.has(entry._id) || !entry.isPublished) continue;
      seen.add(entry._id);
      mixed.push(entry);
    }
  }
  return mixed.slice(0, SHOWN_MAX);
}

export function Related({ video }: { video: VideoDetail | undefined }) {
  const { data, isPending } = useQuery({
    queryKey: keys.videos.related(video?._id ?? ''),
    queryFn: video ? ({ signal }) => related(video, signal) : skipToken,
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
