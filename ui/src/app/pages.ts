import type { LazyRouteFunction, LoaderFunction, RouteObject } from 'react-router';
import { homeFeedQuery, shortsQuery, videoQuery } from '../api/queries';
import { queryClient } from '../api/query-client';
import * as HomePage from '../pages/home/HomePage';
import { loadShortsPage } from '../pages/shorts/load';
import { loadWatchPage } from '../pages/watch/load';
import type { PageName } from '../paths';

/** The component of each page in `routes.json`; loaded lazily, except for the page that most visits begin with. */
export const pages: Record<PageName, LazyRouteFunction<RouteObject>> = {
  home: () => Promise.resolve(HomePage),
  search: () => import('../pages/search/SearchPage'),
  watch: loadWatchPage,
  embed: () => import('../pages/embed/EmbedPage'),
  shorts: loadShortsPage,
  short: loadShortsPage,
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

/** Requests that are sent before the page's component is there to send them. */
export const loaders: Partial<Record<PageName, LoaderFunction>> = {
  home: () => {
    void queryClient.prefetchInfiniteQuery(homeFeedQuery());
    return null;
  },
  shorts: () => {
    void queryClient.prefetchInfiniteQuery(shortsQuery());
    return null;
  },
  watch: ({ params }) => {
    if (params.videoId) void queryClient.prefetchQuery(videoQuery(params.videoId));
    return null;
  },
};
