import { useMutation, useQuery } from '@tanstack/react-query';
import { ArrowLeft, Eye, EyeOff, Trash2 } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api, ApiError, isNotFound, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { MAX_LENGTH } from '../../api/limits';
import { ownVideoQuery } from '../../api/queries';
import type { VideoDetail } from '../../api/types';
import { RequireAuth } from '../../app/RequireAuth';
import { Confirm } from '../../components/Dialog';
import { TextArea, TextField } from '../../components/Field';
import { useTitle } from '../../components/hooks';
import { TagInput } from '../../components/TagInput';
import { Failure, Notice, Spinner } from '../../components/states';
import { toast } from '../../components/toast';
import { paths } from '../../paths';
import { t } from '../../texts';
import { Thumbnail } from '../../video/Thumbnail';
import { useDeletion, usePublishing } from './OwnVideos';
import { ProcessingState } from './ProcessingState';
import { ThumbnailChoice } from './ThumbnailChoice';
import './studio.css';

const LIMITS = MAX_LENGTH['PATCH /videos/{videoId}'];

export function Component() {
  const { videoId: id = '' } = useParams();
  return <RequireAuth>{() => <Edit key={id} id={id} />}</RequireAuth>;
}

function Edit({ id }: { id: string }) {
  const video = useQuery(ownVideoQuery(id));
  useTitle(video.data && t('studio.edit', { title: video.data.title }));
  if (video.isPending) return <Spinner />;
  if (video.isError && isNotMine(video.error)) {
    return (
      <Notice icon={EyeOff} level={1} title={t('watch.missing')}>
        {t('studio.notYours')}
      </Notice>
    );
  }
  if (video.isError) return <Failure error={video.error} retry={() => void video.refetch()} />;
  return (
    <div className="page page--narrow">
      <Link to={paths.studio()} className="back">
        <ArrowLeft size={18} aria-hidden />
        {t('nav.studio')}
      </Link>
      <h1>{t('studio.details')}</h1>
      <div className="edit">
        <div className="stack">
          <DetailsForm video={video.data} />
          <ThumbnailChoice video={video.data} />
        </div>
        <Aside video={video.data} />
      </div>
    </div>
  );
}

const isNotMine = (error: Error) => isNotFound(error) || (error instanceof ApiError && error.status === 403);

function DetailsForm({ video }: { video: VideoDetail }) {
  const [title, setTitle] = useState(video.title);
  const [description, setDescription] = useState(video.description);
  const [tags, setTags] = useState<readonly string[]>(video.tags);
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        api.PATCH('/api/v1/videos/{videoId}', {
          params: { path: { videoId: video._id } },
          body: { title, description, tags: [...tags] },
        }),
      ),
    onSuccess: () => {
      void invalidate.videoChanged(video._id);
      toast(t('state.saved'));
    },
  });
  const fields = save.error instanceof ApiError ? save.error.fields : {};
  const isChanged = title !== video.title || description !== video.description || tags.join() !== video.tags.join();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <TextField
        label={t('video.title')}
        value={title}
        maxLength={LIMITS.title}
        required
        error={fields.title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <TextArea
        label={t('video.description')}
        value={description}
        maxLength={LIMITS.description}
        required
        error={fields.description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <TagInput tags={tags} error={fields.tags} onChange={setTags} />
      <div className="dialog__actions">
        <button
          type="submit"
          className="button"
          disabled={!isChanged || !title.trim() || !description.trim() || save.isPending}
        >
          {t('action.save')}
        </button>
      </div>
    </form>
  );
}

function Aside({ video }: { video: VideoDetail }) {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const publish = usePublishing(video._id);
  const remove = useDeletion(video._id, () => void navigate(paths.studio()));
  return (
    <aside className="edit__aside stack">
      <div className="card stack">
        <Link to={paths.watch(video._id)}>
          <Thumbnail video={video} />
          <span className="visually-hidden">{t('upload.watch')}</span>
        </Link>
        <p>{t(video.isPublished ? 'studio.isPublic' : 'studio.isHidden')}</p>
        <button
          type="button"
          className="button"
          data-variant={video.isPublished ? 'quiet' : undefined}
          disabled={publish.isPending}
          onClick={() => publish.mutate()}
        >
          {video.isPublished ? <EyeOff size={18} aria-hidden /> : <Eye size={18} aria-hidden />}
          {t(video.isPublished ? 'video.hide' : 'video.publish')}
        </button>
        <button type="button" className="button" data-variant="danger-quiet" onClick={() => setAsking(true)}>
          <Trash2 size={18} aria-hidden />
          {t('action.delete')}
        </button>
      </div>
      <section className="card">
        <h2>{t('processing.title')}</h2>
        <ProcessingState videoId={video._id} />
      </section>
      <Confirm
        open={isAsking}
        title={t('studio.deleteTitle')}
        description={t('studio.deleteText', { title: video.title })}
        action={t('action.delete')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      />
    </aside>
  );
}
