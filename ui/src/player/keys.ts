import { useEffect } from 'react';
import { isReserved } from '../components/shortcuts';
import type { Commands } from './commands';

type Action = (commands: Commands) => void;

/** Shortcuts as on other video sites. */
const KEYS: Readonly<Record<string, Action>> = {
  ' ': (it) => it.toggle(),
  k: (it) => it.toggle(),
  j: (it) => it.skip(-10),
  l: (it) => it.skip(10),
  ArrowLeft: (it) => it.skip(-5),
  ArrowRight: (it) => it.skip(5),
  ArrowUp: (it) => it.changeVolume(1),
  ArrowDown: (it) => it.changeVolume(-1),
  m: (it) => it.mute(),
  f: (it) => it.fullscreen(),
  t: (it) => it.theatre(),
  i: (it) => it.pictureInPicture(),
  c: (it) => it.captions(),
  '<': (it) => it.changeRate(-1),
  '>': (it) => it.changeRate(1),
  ',': (it) => it.stepFrame(-1),
  '.': (it) => it.stepFrame(1),
  Home: (it) => it.seekToFraction(0),
  End: (it) => it.seekToFraction(1),
  N: (it) => it.next(),
};
/** Keys that scroll the page unless the player has the focus. */
const SCROLLING = new Set(['ArrowUp', 'ArrowDown', 'Home', 'End']);

/** Returns the action of a key, if it has one. */
export function actionFor(event: KeyboardEvent, container: HTMLElement): Action | undefined {
  if (isReserved(event)) return undefined;
  const target = event.target instanceof HTMLElement ? event.target : null;
  const isInside = target !== null && container.contains(target);
  const { key } = event;
  if (SCROLLING.has(key) && !isInside) return undefined;
  // Space presses a focused button; arrow keys move a focused slider.
  if (key === ' ' && target?.closest('button, a, [role="tab"], input')) return undefined;
  if (key.startsWith('Arrow') && target instanceof HTMLInputElement) return undefined;
  if (/^\d$/.test(key)) return (it) => it.seekToFraction(Number(key) / 10);
  return KEYS[key] ?? (event.shiftKey ? undefined : KEYS[key.toLowerCase()]);
}

export function usePlayerKeys(container: HTMLElement | null, commands: Commands | null, onUse: () => void): void {
  useEffect(() => {
    if (!container || !commands) return;
    const onKey = (event: KeyboardEvent) => {
      const action = actionFor(event, container);
      if (!action) return;
      event.preventDefault();
      action(commands);
      onUse();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [container, commands, onUse]);
}
