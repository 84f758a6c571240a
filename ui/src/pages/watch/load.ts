import { useEffect } from 'react';

/** How long the thumbnails of a list have the browser to themselves. */
const THUMBNAILS_FIRST_MS = 1_000;

/** Loads the watch page and, at the same time, what plays the video. */
export function loadWatchPage() {
  // Errors are handled where these modules are imported again.
  for (const part of [import('../../player/Player'), import('hls.js')]) part.catch(() => undefined);
  return import('./WatchPage');
}

/** Loads the watch page while the browser has nothing else to do, so that a click on a card plays at once. */
export function useWatchPageAhead(hasCards: boolean): void {
  useEffect(() => {
    // Safari has no idle callbacks.
    if (!hasCards || !('requestIdleCallback' in window)) return;
    let idle = 0;
    const timer = setTimeout(() => {
      idle = requestIdleCallback(() => void loadWatchPage().catch(() => undefined));
    }, THUMBNAILS_FIRST_MS);
    return () => {
      clearTimeout(timer);
      cancelIdleCallback(idle);
    };
  }, [hasCards]);
}
