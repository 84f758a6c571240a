import { useEffect, useEffectEvent } from 'react';
import { isReserved } from '../../components/shortcuts';

type Action = 'next' | 'previous' | 'toggle' | 'mute';

const KEYS: Readonly<Record<string, Action>> = {
  ArrowDown: 'next',
  PageDown: 'next',
  j: 'next',
  ArrowUp: 'previous',
  PageUp: 'previous',
  k: 'previous',
  ' ': 'toggle',
  m: 'mute',
};

/** Returns the action of a key, if it has one. */
export function actionFor(event: KeyboardEvent): Action | undefined {
  if (isReserved(event)) return undefined;
  // Space presses a focused button.
  if (event.key === ' ' && event.target instanceof HTMLElement && event.target.closest('button, a')) return undefined;
  return KEYS[event.key] ?? (event.shiftKey ? undefined : KEYS[event.key.toLowerCase()]);
}

export function useShortKeys(actions: Readonly<Record<Action, () => void>>): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const action = actionFor(event);
    if (!action) return;
    event.preventDefault();
    actions[action]();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
