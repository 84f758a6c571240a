import { useMutation } from '@tanstack/react-query';
import { Clapperboard, Eye, EyeOff, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { usePages } from '../../api/pages';
import { ownVideosQuery } from '../../api/queries';
import type { OwnVideoSummary } from '../../api/types';
import { Confirm } from '../../components/Dialog';
import { Failure, LoadMore, Notice, Spinner } from '../../components/states';
import { toast } from '../../components/toast';
import { paths } from '../../paths';
import { t } from '../../texts';
import { formatCompact, formatDate, formatNumber } from '../../texts/format';
import { Thumbnail } from '../../video/Thumbnail';

export function OwnVideos() {
  const videos = usePages(ownVideosQuery());
  return (
    <section className="own-videos" aria-label={t('studio.videos')}>
      <h2>{t('studio.videos')}</h2>
      {videos.isPending && <Spinner />}
      {videos.isError && videos.items.length === 0 && (
        <Failure error={videos.error} retry={() => void videos.refetch()} />
      )}
      {videos.isSuccess && videos.items.length === 0 && (
        <Notice icon={Clapperboard} title={t('studio.none')}>
          {t('studio.noneText')}
        </Notice>
      )}
      <ul className="own-videos__list">
        {videos.items.map((video) => (
          <Row key={video._id} video={video} />
        ))}
      </ul>
      <LoadMore {...videos} />
    </section>
  );
}

export function usePublishing(videoId: string) {
  return useMutation({
    mutationFn: () => unwrap(api.PATCH('/api/v1/videos/toggle/publish/{videoId}', { params: { path: { videoId } } })),
    onSuccess: (video) => {
      void invalidate.videoChanged(videoId);
      toast(t(video.isPublished ? 'studio.published' : 'studio.hid', { title: video.title }));
    },
  });
}

export function useDeletion(videoId: string, onDone: () => void) {
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/videos/{videoId}', { params: { path: { videoId } } })),
    onSuccess: () => {
      void invalidate.videoDeleted(videoId);
      toast(t('studio.deleted'));
      onDone();
    },
  });
}

function Row({ video }: { video: OwnVideoSummary }) {
  const [isAsking, setAsking] = useState(false);
  const publish = usePublishing(video._id);
  const remove = useDeletion(video._id, () => setAsking(false));
  const address = paths.studioVideo(video._id);
  return (
    <li className="own-videos__row">
      <Thumbnail video={video} />
      <div className="own-videos__text">
        <h3>
          <Link to={address}>{video.title}</Link>
        </h3>
        <p className="own-videos__facts muted">
          <span>{t(video.isPublished ? 'video.public' : 'video.hidden')}</span>
          <span>{formatDate(video.createdAt)}</span>
          {video.status !== 'ready' && (
            <span className="badge" data-status={video.status}>
              {t(video.status === 'failed' ? 'studio.failed' : 'studio.processing')}
            </span>
          )}
        </p>
      </div>
      <dl className="own-videos__counts">
        <Count label={t('stats.views')} value={video.views} />
        <Count label={t('stats.likes')} value={video.likesCount} />
        <Count label={t('comments.title')} value={video.commentsCount} />
      </dl>
      <div className="own-videos__buttons">
        <button
          type="button"
          className="icon-button"
          aria-label={t(video.isPublished ? 'studio.hide' : 'studio.publish', { title: video.title })}
          disabled={publish.isPending}
          onClick={() => publish.mutate()}
        >
          {video.isPublished ? <Eye size={20} aria-hidden /> : <EyeOff size={20} aria-hidden />}
        </button>
        <Link to={address} className="icon-button" aria-label={t('studio.edit', { title: video.title })}>
          <Pencil size={20} aria-hidden />
        </Link>
        <button
          type="button"
          className="icon-button"
          aria-label={t('studio.delete', { title: video.title })}
          onClick={() => setAsking(true)}
        >
          <Trash2 size={20} aria-hidden />
        </button>
      </div>
      <Confirm
        open={isAsking}
        title={t('studio.deleteTitle')}
        description={t('studio.deleteText', { title: video.title })}
        action={t('action.delete')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      />
    </li>
  );
}

function Count({ label, value }: { label: string; value: number }) {
  return (
    <div title={formatNumber(value)}>
      <dt>{label}</dt>
      <dd>{formatCompact(value)}</dd>
    </div>
  );
}
