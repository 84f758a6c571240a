// Query options for what the API serves.

import { queryOptions, skipToken } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from './client';
import { keys } from './keys';
import { PAGE_SIZE, pagesOptions, type Page } from './pages';
import type { Comment, OwnVideoSummary, Post, Recommended, VideoFilter, VideoSummary, WatchedVideo } from './types';

const RARELY_CHANGES_MS = 5 * 60_000;
const SUGGESTIONS_STALE_MS = 60_000;

export const meQuery = () =>
  queryOptions({
    queryKey: keys.me,
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/users/current-user', { signal })),
    staleTime: RARELY_CHANGES_MS,
  });

export const siteQuery = () =>
  queryOptions({
    queryKey: keys.site,
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/site', { signal })),
    staleTime: RARELY_CHANGES_MS,
  });

export const sessionsQuery = () =>
  queryOptions({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/users/sessions', { signal })),
  });

export const statsQuery = () =>
  queryOptions({
    queryKey: keys.dashboard.stats,
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/dashboard/stats', { signal })),
  });

export const ownVideosQuery = () =>
  pagesOptions<OwnVideoSummary>(keys.dashboard.videos, (cursor, signal) =>
    unwrapPage(api.GET('/api/v1/dashboard/videos', { params: { query: { cursor, limit: PAGE_SIZE } }, signal })),
  );

export const LATEST = { sortBy: 'createdAt', sortType: 'desc' } as const satisfies VideoFilter;

/** Videos of the channels that the viewer subscribes to. */
export const SUBSCRIBED: VideoFilter = { subscribed: true };

/** Published videos; with the viewer's own `userId` also their hidden ones. */
export const videosQuery = (filter: VideoFilter) =>
  pagesOptions(keys.videos.list(filter), (cursor, signal) =>
    fetchVideos({ ...filter, cursor, limit: PAGE_SIZE }, signal),
  );

export async function fetchVideos(
  query: VideoFilter & { cursor?: string; limit: number },
  signal?: AbortSignal,
): Promise<Page<VideoSummary>> {
  const page = await unwrap(api.GET('/api/v1/videos', { params: { query }, signal }));
  return { items: page.docs, next: page.nextCursor ?? null, total: page.totalDocs };
}

/** Videos chosen for the viewer. */
export const homeFeedQuery = () => ({
  ...pagesOptions<Recommended>(keys.feeds.home, async (cursor, signal) => {
    const query = { cursor, limit: PAGE_SIZE };
    const { docs, nextCursor } = await unwrap(api.GET('/api/v1/feed/home', { params: { query }, signal }));
    return { items: docs, next: nextCursor ?? null, total: 0 };
  }),
  // The feed changes with everything that is watched: it must not do so before the viewer's eyes.
  staleTime: Infinity,
});

/** Shorts are watched one by one. */
const SHORTS_PAGE_SIZE = 10;

/** Shorts to watch one after the other. */
export const shortsQuery = () => ({
  ...pagesOptions<VideoSummary>(keys.feeds.shorts, async (cursor, signal) => {
    const query = { cursor, limit: SHORTS_PAGE_SIZE };
    const page = await unwrap(api.GET('/api/v1/feed/shorts', { params: { query }, signal }));
    return { items: page.docs, next: page.nextCursor ?? null, total: page.totalDocs };
  }),
  staleTime: Infinity,
});

export const feedSettingsQuery = () =>
  queryOptions({
    queryKey: keys.feedSettings,
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/feed/settings', { signal })),
  });

/** Titles, channels and tags that fit the text. */
export const suggestionsQuery = (text: string) =>
  queryOptions({
    queryKey: keys.search.suggestions(text),
    queryFn: text
      ? ({ signal }) => unwrap(api.GET('/api/v1/search/suggestions', { params: { query: { q: text } }, signal }))
      : skipToken,
    staleTime: SUGGESTIONS_STALE_MS,
  });

/** The most used tags that begin so. */
export const tagsQuery = (prefix: string) =>
  queryOptions({
    queryKey: keys.tags(prefix),
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/tags', { params: { query: { prefix } }, signal })),
    staleTime: SUGGESTIONS_STALE_MS,
  });

export const videoQuery = (videoId: string) =>
  queryOptions({
    queryKey: keys.video.detail(videoId),
    queryFn: ({ signal }) => {
      // The view is counted by what the player reports.
      const params = { path: { videoId }, query: { reportsPlayback: true } };
      return unwrap(api.GET('/api/v1/videos/{videoId}', { params, signal }));
    },
    refetchOnWindowFocus: false,
  });

/** The viewer's own video, for editing. Does not count a view. */
export const ownVideoQuery = (videoId: string) =>
  queryOptions({
    queryKey: keys.video.own(videoId),
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/dashboard/videos/{videoId}', { params: { path: { videoId } }, signal })),
  });

export const processingQuery = (videoId: string) =>
  queryOptions({
    queryKey: keys.video.processing(videoId),
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/videos/{videoId}/processing', { params: { path: { videoId } }, signal })),
  });

export const commentsQuery = (videoId: string) =>
  pagesOptions<Comment>(keys.video.comments(videoId), async (cursor, signal) => {
    const query = { cursor, limit: PAGE_SIZE };
    const page = await unwrap(api.GET('/api/v1/comments/{videoId}', { params: { path: { videoId }, query }, signal }));
    return { items: page.docs, next: page.nextCursor ?? null, total: page.totalDocs };
  });

export const historyQuery = () =>
  pagesOptions<WatchedVideo>(keys.history, (cursor, signal) =>
    unwrapPage(api.GET('/api/v1/users/history', { params: { query: { cursor, limit: PAGE_SIZE } }, signal })),
  );

export const likedQuery = () =>
  pagesOptions<VideoSummary>(keys.liked, async (cursor, signal) => {
    const query = { cursor, limit: PAGE_SIZE };
    const page = await unwrapPage(api.GET('/api/v1/likes/videos', { params: { query }, signal }));
    return { ...page, items: page.items.map(({ video }) => video) };
  });

export const channelQuery = (username: string) =>
  queryOptions({
    queryKey: keys.channels.detail(username),
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/users/c/{username}', { params: { path: { username } }, signal })),
  });

export const subscribersQuery = (channelId: string) =>
  pagesOptions(keys.subscriptions.subscribersOf(channelId), (cursor, signal) => {
    const query = { cursor, limit: PAGE_SIZE };
    return unwrapPage(
      api.GET('/api/v1/subscriptions/c/{channelId}', { params: { path: { channelId }, query }, signal }),
    );
  });

/** The channels that somebody subscribes to. */
export const subscriptionsQuery = (subscriberId: string) =>
  pagesOptions(keys.subscriptions.channelsOf(subscriberId), (cursor, signal) => {
    const query = { cursor, limit: PAGE_SIZE };
    return unwrapPage(
      api.GET('/api/v1/subscriptions/u/{subscriberId}', { params: { path: { subscriberId }, query }, signal }),
    );
  });

/** With a `videoId`, each playlist says whether the video is in it. */
export const playlistsQuery = (userId: string, videoId?: string) =>
  queryOptions({
    queryKey: keys.playlists.listOf(userId, videoId),
    queryFn: ({ signal }) => {
      const query = { videoId };
      return unwrap(api.GET('/api/v1/playlist/user/{userId}', { params: { path: { userId }, query }, signal }));
    },
  });

export const feedQuery = () =>
  pagesOptions<Post>(keys.posts.feed, (cursor, signal) =>
    unwrapPage(api.GET('/api/v1/tweets/feed', { params: { query: { cursor, limit: PAGE_SIZE } }, signal })),
  );

export const postsQuery = (userId: string) =>
  pagesOptions<Post>(keys.posts.by(userId), (cursor, signal) => {
    const query = { cursor, limit: PAGE_SIZE };
    return unwrapPage(api.GET('/api/v1/tweets/user/{userId}', { params: { path: { userId }, query }, signal }));
  });
