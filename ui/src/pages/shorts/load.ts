/** Loads the page and, at the same time, what plays the streams. */
export function loadShortsPage() {
  // Errors are handled where it is imported again.
  import('hls.js').catch(() => undefined);
  return import('./ShortsPage');
}
