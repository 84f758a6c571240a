import { useEffect } from 'react';

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
    const handle = requestIdleCallback(() => void loadWatchPage().catch(() => undefined));
    return () => cancelIdleCallback(handle);
  }, [hasCards]);
}
