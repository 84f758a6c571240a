// Loaded when a menu is first opened: most people never do.

import { EyeOff } from 'lucide-react';
import { useEffect, useRef, type ReactElement } from 'react';
import { useHiding } from '../../api/toggles';
import type { Recommended } from '../../api/types';
import { Menu, MenuItem } from '../../components/Menu';
import { t } from '../../texts';

/** The menu of a recommended video. */
export function CardMenu({ video, button }: { video: Recommended; button: ReactElement }) {
  const hiding = useHiding(video);
  return (
    <Menu defaultOpen trigger={button}>
      <MenuItem icon={<EyeOff size={18} aria-hidden />} onSelect={() => hiding.mutate()}>
        {t('card.hide')}
      </MenuItem>
    </Menu>
  );
}

/** Lies over the card of a video that the viewer is not interested in. */
export function HiddenNotice({ video }: { video: Recommended }) {
  const hiding = useHiding(video);
  const undo = useRef<HTMLButtonElement>(null);
  useEffect(() => undo.current?.focus({ preventScroll: true }), []);
  return (
    <div className="recommended__notice" role="status">
      <p>{t('card.isHidden')}</p>
      <button ref={undo} type="button" className="button" data-variant="quiet" onClick={() => hiding.mutate()}>
        {t('action.undo')}
      </button>
    </div>
  );
}
