import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useLocation } from 'react-router';
import { readStored, writeStored } from '../storage';

const SITE = 'Chaitube';

/** Sets the title of the document, which the browser's history and screen readers use. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · ${SITE}` : SITE;
  }, [title]);
}

/** State that is kept in local storage. */
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

/** Keeps an unsent text across visits. */
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

/** Returns the value once it has not changed for `delayMs`. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return debounced;
}

/** Returns an object URL and revokes it when the blob changes or the component goes. */
export function useObjectUrl(blob: Blob | null): string | null {
  const url = useMemo(() => blob && URL.createObjectURL(blob), [blob]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return url;
}

/** Location state for links to the log-in page, which then leads back to this one. */
export function useReturnState(): { from: string } {
  const { pathname, search } = useLocation();
  return { from: pathname + search };
}
