import { CircleCheck, Pause, Play, RotateCw, X } from 'lucide-react';
import { useId, type FormEvent } from 'react';
import { Link } from 'react-router';
import { MAX_LENGTH } from '../../api/limits';
import { TextArea, TextField } from '../../components/Field';
import { TagInput } from '../../components/TagInput';
import { paths } from '../../paths';
import { t, type TextKey } from '../../texts';
import { formatBytes, formatPercent } from '../../texts/format';
import { uploads } from '../../uploads';
import type { Phase, UploadItem } from '../../uploads/queue';
import { ProcessingState } from './ProcessingState';

const LIMITS = MAX_LENGTH['POST /videos'];
const PHASES: Readonly<Record<Phase, TextKey>> = {
  waiting: 'upload.waiting',
  uploading: 'upload.uploading',
  paused: 'upload.paused',
  failed: 'upload.failed',
  uploaded: 'upload.uploaded',
  creating: 'upload.creating',
  created: 'upload.created',
};

export function UploadCard({ item }: { item: UploadItem }) {
  return (
    <li className="upload" data-phase={item.phase}>
      <header className="upload__head">
        <div>
          <strong>{item.name}</strong>
          <p className="muted" role="status">
            {t(PHASES[item.phase])}
            {item.phase === 'uploading' && ` · ${formatPercent(item.sent / Math.max(1, item.size))}`}
            {` · ${formatBytes(item.size)}`}
          </p>
        </div>
        <Buttons item={item} />
      </header>
      {item.phase !== 'created' && <progress max={item.size} value={item.sent} aria-label={item.name} />}
      {item.error && (
        <p className="alert" role="alert">
          {item.error}
        </p>
      )}
      {item.phase === 'created' && item.videoId ? <Created videoId={item.videoId} /> : <DetailsForm item={item} />}
    </li>
  );
}

function Buttons({ item }: { item: UploadItem }) {
  const { key, phase, name } = item;
  return (
    <div className="upload__buttons">
      {(phase === 'uploading' || phase === 'waiting') && (
        <button
          type="button"
          className="icon-button"
          aria-label={t('upload.pause', { name })}
          onClick={() => uploads.pause(key)}
        >
          <Pause size={20} aria-hidden />
        </button>
      )}
      {phase === 'paused' && (
        <button
          type="button"
          className="icon-button"
          aria-label={t('upload.resume', { name })}
          onClick={() => uploads.resume(key)}
        >
          <Play size={20} aria-hidden />
        </button>
      )}
      {phase === 'failed' && (
        <button
          type="button"
          className="icon-button"
          aria-label={t('upload.retry', { name })}
          onClick={() => uploads.resume(key)}
        >
          <RotateCw size={20} aria-hidden />
        </button>
      )}
      {phase !== 'creating' && (
        <button
          type="button"
          className="icon-button"
          aria-label={t(phase === 'created' ? 'action.dismiss' : 'upload.remove', { name })}
          onClick={() => uploads.remove(key)}
        >
          <X size={20} aria-hidden />
        </button>
      )}
    </div>
  );
}

function DetailsForm({ item }: { item: UploadItem }) {
  const group = useId();
  const isReady = item.title.trim() !== '' && item.description.trim() !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    uploads.confirm(item.key);
  };
  if (item.isConfirmed && item.phase !== 'uploaded') {
    return (
      <p className="upload__confirmed">
        <CircleCheck size={20} aria-hidden />
        {t(item.isPublished ? 'upload.willPublish' : 'upload.willKeep', { title: item.title })}
      </p>
    );
  }
  return (
    <form className="upload__form" onSubmit={submit}>
      <TextField
        label={t('video.title')}
        value={item.title}
        maxLength={LIMITS.title}
        required
        onChange={(event) => uploads.edit(item.key, { title: event.target.value })}
      />
      <TextArea
        label={t('video.description')}
        hint={t('video.descriptionHint')}
        value={item.description}
        maxLength={LIMITS.description}
        required
        onChange={(event) => uploads.edit(item.key, { description: event.target.value })}
      />
      <TagInput tags={item.tags} onChange={(tags) => uploads.edit(item.key, { tags })} />
      <fieldset className="radios">
        <legend>{t('video.visibility')}</legend>
        {([true, false] as const).map((isPublished) => (
          <label key={String(isPublished)} className="check">
            <input
              type="radio"
              name={group}
              checked={item.isPublished === isPublished}
              onChange={() => uploads.edit(item.key, { isPublished })}
            />
            {t(isPublished ? 'video.public' : 'video.hidden')}
          </label>
        ))}
      </fieldset>
      <button type="submit" className="button" disabled={!isReady || item.phase === 'creating'}>
        {t(item.isPublished ? 'video.publish' : 'video.keep')}
      </button>
    </form>
  );
}

function Created({ videoId }: { videoId: string }) {
  return (
    <>
      <ProcessingState videoId={videoId} />
      <p className="upload__links">
        <Link to={paths.watch(videoId)}>{t('upload.watch')}</Link>
        <Link to={paths.studioVideo(videoId)}>{t('upload.details')}</Link>
      </p>
    </>
  );
}
