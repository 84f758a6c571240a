import { Upload } from 'lucide-react';
import { useId, useState, useSyncExternalStore, type DragEvent } from 'react';
import { toast } from '../../components/toast';
import { t } from '../../texts';
import { formatBytes } from '../../texts/format';
import { uploads } from '../../uploads';
import { forgetUpload, readSavedUploads } from '../../uploads/saved-uploads';
import { discard } from '../../uploads/transfer';
import { UploadCard } from './UploadCard';

const looksLikeMedia = (file: File) =>
  /^(video|audio)\//.test(file.type) || /\.(mkv|avi|flv|ts|m2ts|mts|wmv|ogv|3gp|mpg|mpeg|opus|flac)$/i.test(file.name);

function addFiles(files: FileList | null) {
  const all = [...(files ?? [])];
  const media = all.filter(looksLikeMedia);
  if (media.length < all.length) toast(t('upload.notMedia'), 'error');
  uploads.add(media);
}

export function Uploader() {
  const id = useId();
  const items = useSyncExternalStore(uploads.subscribe, uploads.list);
  const [isOver, setOver] = useState(false);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    addFiles(event.dataTransfer.files);
  };
  return (
    <section aria-label={t('upload.title')}>
      <div
        className="dropzone"
        data-drag-over={isOver || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <span className="dropzone__icon">
          <Upload size={28} aria-hidden />
        </span>
        <p className="dropzone__title">{t('upload.drop')}</p>
        <p className="muted">{t('upload.dropText')}</p>
        <input
          id={id}
          className="visually-hidden"
          type="file"
          multiple
          accept="video/*,audio/*,.mkv,.avi,.flv,.ts,.m2ts"
          onChange={(event) => {
            addFiles(event.target.files);
            event.target.value = '';
          }}
        />
        <label htmlFor={id} className="button">
          {t('upload.choose')}
        </label>
      </div>
      <Unfinished known={items.map((item) => item.key)} />
      <ul className="uploads">
        {items.map((item) => (
          <UploadCard key={item.key} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** Uploads of an earlier visit, which are resumed when their file is selected again. */
function Unfinished({ known }: { known: readonly string[] }) {
  const [dropped, setDropped] = useState<readonly string[]>([]);
  const unfinished = readSavedUploads().filter(({ key }) => !known.includes(key) && !dropped.includes(key));
  if (unfinished.length === 0) return null;
  return (
    <div className="unfinished">
      <h2>{t('upload.unfinished')}</h2>
      <p className="muted">{t('upload.unfinishedText')}</p>
      <ul>
        {unfinished.map((upload) => (
          <li key={upload.key}>
            <span>{upload.name}</span>
            <span className="muted">{formatBytes(upload.size)}</span>
            <button
              type="button"
              className="link-button"
              onClick={() => {
                if (upload.url) void discard(upload.url);
                forgetUpload(upload.key);
                setDropped([...dropped, upload.key]);
              }}
            >
              {t('upload.discard')}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
