// Which queries each change makes stale. Queries are invalidated here only.

import type { QueryKey } from '@tanstack/react-query';
import { keys } from './keys';
import { queryClient } from './query-client';

async function markStale(...queryKeys: QueryKey[]): Promise<void> {
  await Promise.all(queryKeys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

/** Queries whose data includes videos or counts them. */
const SHOWING_VIDEOS: readonly QueryKey[] = [
  keys.videos.all,
  keys.search.all,
  keys.dashboard.all,
  keys.channels.all,
  keys.playlists.all,
  keys.history,
  keys.liked,
];

/** Forgets the feeds that nobody looks at. One that is shown stays as it is. */
const forgetFeeds = () => queryClient.removeQueries({ queryKey: keys.feeds.all, type: 'inactive' });

/** Each resolves when the queries in use have been fetched again. */
export const invalidate = {
  /** After a change of the viewer, their name or their profile picture. */
  everything: () => {
    forgetFeeds();
    return queryClient.invalidateQueries();
  },
  sessions: () => markStale(keys.sessions),
  history: () => markStale(keys.history),
  /** After a change of what decides about recommendations. */
  recommendations: () => {
    forgetFeeds();
    return markStale(keys.videos.all);
  },
  videoAdded: () => {
    forgetFeeds();
    return markStale(keys.videos.all, keys.search.all, keys.dashboard.all, keys.channels.all);
  },
  videoChanged: (videoId: string) => {
    forgetFeeds();
    return markStale(keys.video.detail(videoId), keys.video.own(videoId), ...SHOWING_VIDEOS);
  },
  videoDeleted: (videoId: string) => {
    forgetFeeds();
    // Queries still in use are about to unmount; fetching them again would only fail.
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
