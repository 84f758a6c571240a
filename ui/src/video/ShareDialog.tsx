import { Copy } from 'lucide-react';
import { useId, useState } from 'react';
import { Dialog } from '../components/Dialog';
import { toast } from '../components/toast';
import { paths } from '../paths';
import { t } from '../texts';
import { formatDuration } from '../texts/format';
import '../components/field.css';

interface Props {
  video: { _id: string; title: string };
  /** Position of the viewer, in seconds. */
  at: number;
  /** The path of the link, unless it is the watch page's. */
  path?: string;
  onClose: () => void;
}

export function ShareDialog({ video, at, path, onClose }: Props) {
  const [isTimed, setTimed] = useState(false);
  const start = Math.floor(at);
  const playback = { t: isTimed && start > 0 ? start : undefined };
  const address = `${location.origin}${path ?? paths.watch(video._id, playback)}`;
  const frame = `${location.origin}${paths.embed(video._id, playback)}`;
  const embed = `<iframe width="560" height="315" src="${frame}" title="${escaped(video.title)}" frameborder="0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>`;
  return (
    <Dialog open onClose={onClose} title={t('share.title')}>
      <div className="stack">
        <Copyable label={t('share.link')} text={address} />
        {start > 0 && (
          <label className="check">
            <input type="checkbox" checked={isTimed} onChange={(event) => setTimed(event.target.checked)} />
            {t('share.from', { time: formatDuration(start) })}
          </label>
        )}
        <Copyable label={t('share.embed')} text={embed} />
        {'share' in navigator && (
          <button
            type="button"
            className="button"
            data-variant="quiet"
            // Rejects when the user dismisses the browser's dialog.
            onClick={() => void navigator.share({ title: video.title, url: address }).catch(() => undefined)}
          >
            {t('share.other')}
          </button>
        )}
      </div>
    </Dialog>
  );
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function Copyable({ label, text }: { label: string; text: string }) {
  const id = useId();
  const copy = () => {
    const box = document.getElementById(id);
    if (!(box instanceof HTMLInputElement)) return;
    box.select();
    // Pages served over plain HTTP have no clipboard; the selected text can be copied by hand.
    const copied = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error());
    copied.then(() => toast(t('share.copied'))).catch(() => toast(t('share.selected')));
  };
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      <div className="copyable">
        <input id={id} className="input" readOnly value={text} onFocus={(event) => event.target.select()} />
        <button type="button" className="button" data-variant="quiet" onClick={copy}>
          <Copy size={18} aria-hidden />
          {t('action.copy')}
        </button>
      </div>
    </div>
  );
}
