import { Dialog } from '../components/Dialog';
import { t, type TextKey } from '../texts';
import './keys.css';

const KEYS: readonly (readonly [string, TextKey])[] = [
  ['/', 'keys.search'],
  ['K, Space', 'keys.play'],
  ['J, L', 'keys.ten'],
  ['←, →', 'keys.five'],
  ['↑, ↓', 'keys.volume'],
  ['M', 'keys.mute'],
  ['F', 'keys.fullscreen'],
  ['T', 'keys.theatre'],
  ['I', 'keys.pictureInPicture'],
  ['C', 'keys.captions'],
  ['0 – 9', 'keys.tenths'],
  ['<, >', 'keys.speed'],
  [', .', 'keys.frame'],
  ['Shift+N', 'keys.next'],
  ['↓, J', 'keys.nextShort'],
  ['↑, K', 'keys.previousShort'],
  ['?', 'keys.help'],
];

/** Lists the keyboard shortcuts. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={t('keys.title')}>
      <dl className="keys">
        {KEYS.map(([key, label]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(label)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
