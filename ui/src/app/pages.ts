import type { LazyRouteFunction, RouteObject } from 'react-router';
import type { PageName } from '../paths';

/** Loads the page, the player and hls.js in parallel. */
function watchPage() {
  // Errors are handled where these modules are imported again.
  for (const part of [import('../player/Player'), import('hls.js')]) part.catch(() => undefined);
  return import('../pages/watch/WatchPage');
}

/** The lazily loaded component of each page in `routes.json`. */
export const pages: Record<PageName, LazyRouteFunction<RouteObject>> = {
  home: () => import('../pages/home/HomePage'),
  search: () => import('../pages/search/SearchPage'),
  watch: watchPage,
  embed: () => import('../pages/embed/EmbedPage'),
  channel: () => import('../pages/channel/ChannelPage'),
  playlist: () => import('../pages/playlist/PlaylistPage'),
  playlists: () => import('../pages/playlist/PlaylistsPage'),
  posts: () => import('../pages/posts/PostsPage'),
  history: () => import('../pages/history/HistoryPage'),
  liked: () => import('../pages/liked/LikedPage'),
  subscriptions: () => import('../pages/subscriptions/SubscriptionsPage'),
  studio: () => import('../pages/studio/StudioPage'),
  studioVideo: () => import('../pages/studio/EditPage'),
  settings: () => import('../pages/settings/SettingsPage'),
  login: () => import('../pages/auth/LoginPage'),
  register: () => import('../pages/auth/RegisterPage'),
};
