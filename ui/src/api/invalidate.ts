// What each change makes stale. No other place invalidates queries.

import type { QueryKey } from '@tanstack/react-query';
import { keys } from './keys';
import { queryClient } from './query-client';

async function markStale(...queryKeys: QueryKey[]): Promise<void> {
  await Promise.all(queryKeys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

/** Lists and numbers in which a video counts or is shown. */
const SHOWING_VIDEOS: readonly QueryKey[] = [
  keys.videos.all,
  keys.dashboard.all,
  keys.channels.all,
  keys.playlists.all,
  keys.history,
  keys.liked,
];

/** Each resolves once what is on the page has been fetched again. */
export const invalidate = {
  /** Another viewer, or another name or picture of theirs, which stands beside all they wrote. */
  everything: () => queryClient.invalidateQueries(),
  sessions: () => markStale(keys.sessions),
  history: () => markStale(keys.history),
  videoAdded: () => markStale(keys.videos.all, keys.dashboard.all, keys.channels.all),
  videoChanged: (videoId: string) => markStale(keys.video.detail(videoId), keys.video.own(videoId), ...SHOWING_VIDEOS),
  videoDeleted: (videoId: string) => {
    // What is still on the page is about to leave it; fetching it again would only fail.
    for (const key of [keys.video.detail, keys.video.own, keys.video.comments, keys.video.processing]) {
      queryClient.removeQueries({ queryKey: key(videoId), type: 'inactive' });
    }
    return markStale(...SHOWING_VIDEOS);
  },
  videoLiked: () => markStale(keys.liked, keys.dashboard.all),
  comments: (videoId: string) => markStale(keys.video.comments(videoId), keys.dashboard.videos),
  posts: () => markStale(keys.posts.all),
  playlists: () => markStale(keys.playlists.all),
  playlistLists: () => markStale(keys.playlists.lists),
  playlistDeleted: (playlistId: string) => {
    void queryClient.invalidateQueries({ queryKey: keys.playlists.detail(playlistId), refetchType: 'none' });
    return markStale(keys.playlists.lists);
  },
  subscriptions: () =>
    markStale(keys.subscriptions.all, keys.channels.all, keys.videos.list({ subscribed: true }), keys.posts.feed),
};
