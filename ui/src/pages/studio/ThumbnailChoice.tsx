import { useMutation } from '@tanstack/react-query';
import { ImageUp } from 'lucide-react';
import { useId } from 'react';
import { api, mediaUrl, multipart, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import type { VideoDetail } from '../../api/types';
import { toast } from '../../components/toast';
import { t } from '../../texts';

/** Selects the thumbnail: an image from the video or an uploaded one. */
export function ThumbnailChoice({ video }: { video: VideoDetail }) {
  const id = useId();
  const save = useMutation({
    mutationFn: (choice: number | File) => {
      const params = { params: { path: { videoId: video._id } } };
      return unwrap(
        typeof choice === 'number'
          ? api.PATCH('/api/v1/videos/{videoId}', { ...params, body: { thumbnailCandidate: choice } })
          : api.PATCH('/api/v1/videos/{videoId}', { ...params, ...multipart({ thumbnail: choice }) }),
      );
    },
    onSuccess: () => {
      void invalidate.videoChanged(video._id);
      toast(t('studio.thumbnailSaved'));
    },
  });
  return (
    <section className="card">
      <h2>{t('studio.thumbnail')}</h2>
      <p className="muted">
        {t(video.thumbnailCandidates.length > 0 ? 'studio.thumbnailText' : 'studio.thumbnailLater')}
      </p>
      <div className="choices">
        {video.thumbnailCandidates.map((address, number) => (
          <button
            key={address}
            type="button"
            className="choice"
            disabled={save.isPending}
            aria-label={t('studio.candidate', { n: number + 1 })}
            onClick={() => save.mutate(number)}
          >
            <img src={mediaUrl(address)} alt="" width={320} height={180} />
          </button>
        ))}
        <input
          id={id}
          type="file"
          className="visually-hidden"
          accept="image/png,image/jpeg,image/webp,image/gif"
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            if (file) save.mutate(file);
            event.target.value = '';
          }}
        />
        <label htmlFor={id} className="choice choice--own">
          <ImageUp size={22} aria-hidden />
          {t('studio.ownThumbnail')}
        </label>
      </div>
    </section>
  );
}
