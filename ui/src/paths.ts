// Paths of the front end's pages. `routes.json` has their patterns, for the server as well.

import { generatePath, matchPath } from 'react-router';
import routes from '../routes.json';

export type PageName = keyof typeof routes;

interface Route {
  /** A pattern of React Router. */
  path: string;
  /** What the head of the page describes: the server adds its metadata. */
  subject?: string;
  /** Whether other sites may embed the page in a frame. It is shown without the bars. */
  framable?: boolean;
}

export const routeOf = (page: PageName): Route => routes[page];

/** Whether a path belongs to this page. */
export const isPage = (page: PageName, pathname: string) => matchPath(routes[page].path, pathname) !== null;

function address(
  page: PageName,
  params: Record<string, string | undefined> = {},
  query: Record<string, string | number | undefined> = {},
): string {
  const path = generatePath(routes[page].path, params);
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&');
  return search ? `${path}?${search}` : path;
}

/** The search for what has a tag. */
export const tagTerm = (tag: string) => `tag:"${tag.replaceAll('"', ' ')}"`;

interface Playback {
  /** The playlist to continue with. */
  list?: string;
  /** Start position in seconds. */
  t?: number;
}

export const paths = {
  home: () => address('home'),
  search: (query: string) => address('search', {}, { q: query }),
  watch: (videoId: string, { list, t }: Playback = {}) => address('watch', { videoId }, { list, t }),
  embed: (videoId: string, { t }: Pick<Playback, 't'> = {}) => address('embed', { videoId }, { t }),
  shorts: () => address('shorts'),
  short: (videoId: string) => address('short', { videoId }),
  channel: (username: string, tab?: string) => address('channel', { username, tab }),
  playlist: (playlistId: string) => address('playlist', { playlistId }),
  playlists: () => address('playlists'),
  posts: () => address('posts'),
  history: () => address('history'),
  liked: () => address('liked'),
  subscriptions: () => address('subscriptions'),
  studio: () => address('studio'),
  studioVideo: (videoId: string) => address('studioVideo', { videoId }),
  settings: () => address('settings'),
  login: () => address('login'),
  register: () => address('register'),
} satisfies Record<PageName, (...args: never[]) => string>;
