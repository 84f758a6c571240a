import type { TrafficSource } from '../../api/types';
import { isPage } from '../../paths';

/** What TypeScript does not know yet of the Navigation API. */
interface Navigation {
  currentEntry: { index: number } | null;
  entries: () => { url: string | null }[];
}

/** Returns which page of the site led here, if one did and the browser knows. */
export function sourceOfVisit(): TrafficSource | undefined {
  const { navigation } = window as { navigation?: Navigation };
  const index = navigation?.currentEntry?.index ?? 0;
  const before = navigation?.entries()[index - 1]?.url;
  return before ? sourceOf(new URL(before).pathname) : undefined;
}

function sourceOf(pathname: string): TrafficSource | undefined {
  if (isPage('watch', pathname)) return 'related';
  return (['home', 'search', 'subscriptions', 'playlist'] as const).find((page) => isPage(page, pathname));
}
