import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

const SITE = 'Chaitube';

/** Names the page, in the window's title and so in the history and to screen readers. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · ${SITE}` : SITE;
  }, [title]);
}

/** Something kept in this browser. */
export function useStored<T extends string>(key: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => (readStored(key) as T | null) ?? initial);
  const change = useCallback(
    (next: T) => {
      setValue(next);
      writeStored(key, next === initial ? null : next);
    },
    [key, initial],
  );
  return [value, change];
}

export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(`chaitube.${key}`);
  } catch {
    return null;
  }
}

export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`chaitube.${key}`);
    else localStorage.setItem(`chaitube.${key}`, value);
  } catch {
    // Storage may be full or closed; what would be kept is a convenience.
  }
}

/** A text that is being written, kept until it is sent. */
export function useDraft(name: string): [string, (text: string) => void] {
  return useStored(`draft.${name}`, '' as string);
}

export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener('online', listener);
      window.addEventListener('offline', listener);
      return () => {
        window.removeEventListener('online', listener);
        window.removeEventListener('offline', listener);
      };
    },
    () => navigator.onLine,
  );
}

/** A value that follows another one once that has rested. */
export function useSettled<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
