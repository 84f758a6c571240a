import { createBrowserRouter, type RouteObject } from 'react-router';
import { Boot } from './Boot';
import { CrashPage } from './CrashPage';
import { Shell } from './Shell';

/** The page, its player and the player's engine on their way at once, not one after the other. */
function watchPage() {
  // Each is asked for again where it is needed; a failure shows there.
  for (const part of [import('../player/Player'), import('hls.js')]) part.catch(() => undefined);
  return import('../pages/watch/WatchPage');
}

const pages: RouteObject[] = [
  { index: true, lazy: () => import('../pages/home/HomePage') },
  { path: 'search', lazy: () => import('../pages/search/SearchPage') },
  { path: 'watch/:id', lazy: watchPage },
  { path: 'channel/:username/:tab?', lazy: () => import('../pages/channel/ChannelPage') },
  { path: 'posts', lazy: () => import('../pages/posts/PostsPage') },
  { path: 'playlists', lazy: () => import('../pages/playlist/PlaylistsPage') },
  { path: 'playlist/:id', lazy: () => import('../pages/playlist/PlaylistPage') },
  { path: 'history', lazy: () => import('../pages/history/HistoryPage') },
  { path: 'liked', lazy: () => import('../pages/liked/LikedPage') },
  { path: 'subscriptions', lazy: () => import('../pages/subscriptions/SubscriptionsPage') },
  { path: 'studio', lazy: () => import('../pages/studio/StudioPage') },
  { path: 'studio/video/:id', lazy: () => import('../pages/studio/EditPage') },
  { path: 'settings', lazy: () => import('../pages/settings/SettingsPage') },
  { path: 'login', lazy: () => import('../pages/auth/LoginPage') },
  { path: 'register', lazy: () => import('../pages/auth/RegisterPage') },
  { path: '*', lazy: () => import('../pages/not-found/NotFoundPage') },
];

export const router = createBrowserRouter([
  {
    path: '/embed/:id',
    lazy: () => import('../pages/embed/EmbedPage'),
    errorElement: <CrashPage />,
    hydrateFallbackElement: <></>,
  },
  {
    element: <Shell />,
    errorElement: <CrashPage />,
    hydrateFallbackElement: <Boot />,
    // A page that breaks leaves the frame standing.
    children: [{ errorElement: <CrashPage />, children: pages }],
  },
]);
