import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useLocation } from 'react-router';
import { readStored, writeStored } from '../storage';

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
export function useDebounced<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

/** An address for what is in memory, as long as the component shows it. */
export function useObjectUrl(blob: Blob | null): string | null {
  const url = useMemo(() => blob && URL.createObjectURL(blob), [blob]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return url;
}

/** State of a link to the log-in page, which leads back from there to this page. */
export function useReturnState(): { from: string } {
  const { pathname, search } = useLocation();
  return { from: pathname + search };
}
