import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { unwrap, api, ApiError, unwrapPage } from './client';

export const PAGE_SIZE = 24;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // A fetch that fails says more than one that waits for the network.
      networkMode: 'always',
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
    mutations: { networkMode: 'always' },
  },
});

/** What there is to a list, however it is paged. */
export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}

/** A list that goes on as long as one scrolls. */
export function usePages<T>(
  key: readonly unknown[],
  fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  options: { enabled?: boolean; keep?: boolean } = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetch(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.next ?? undefined,
    enabled: options.enabled ?? true,
    placeholderData: options.keep ? keepPreviousData : undefined,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...query, items, total: query.data?.pages[0]?.total ?? 0 };
}

export type SortBy = 'createdAt' | 'views' | 'duration' | 'title';

export interface VideoFilter {
  query?: string;
  sortBy?: SortBy;
  sortType?: 'asc' | 'desc';
  userId?: string;
  /** Only from the channels one subscribes to. */
  subscribed?: boolean;
}

/** What the channels have published that one subscribes to. */
export const SUBSCRIBED: VideoFilter = { subscribed: true };

/** The lists that change with one's subscriptions. */
export const FEEDS = [['subscriptions'], ['videos', SUBSCRIBED], ['posts', 'feed']] as const;

/** Published videos; with one's own `userId` also one's hidden ones. */
export function useVideos(filter: VideoFilter, options: { enabled?: boolean; keep?: boolean } = {}) {
  return usePages(
    ['videos', filter],
    (cursor, signal) => fetchVideos({ ...filter, cursor, limit: PAGE_SIZE }, signal),
    options,
  );
}

export async function fetchVideos(query: VideoFilter & { cursor?: string; limit: number }, signal?: AbortSignal) {
  const page = await unwrap(api.GET('/api/v1/videos', { params: { query }, signal }));
  return { items: page.docs, next: page.nextCursor ?? null, total: page.totalDocs };
}

export function useVideo(videoId: string) {
  return useQuery({
    queryKey: ['video', videoId],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/videos/{videoId}', { params: { path: { videoId } }, signal })),
    // Asking counts as watching, so it is not done again each time the window is looked at.
    refetchOnWindowFocus: false,
  });
}

/** One's own video, to work on it: this counts no view. */
export function useOwnVideo(videoId: string) {
  return useQuery({
    queryKey: ['video', videoId, 'own'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/dashboard/videos/{videoId}', { params: { path: { videoId } }, signal })),
  });
}

/** What this site is like, which hardly ever changes. */
export function useSite() {
  return useQuery({
    queryKey: ['site'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/site', { signal })),
    staleTime: 5 * 60_000,
  });
}

export function useChannel(username: string) {
  return useQuery({
    queryKey: ['channel', username.toLowerCase()],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/users/c/{username}', { params: { path: { username } }, signal })),
  });
}

export function usePlaylists(userId: string | undefined) {
  return useQuery({
    queryKey: ['playlists', userId],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/playlist/user/{userId}', { params: { path: { userId: userId ?? '' } }, signal })),
    enabled: userId !== undefined,
  });
}

export function usePlaylist(playlistId: string | undefined) {
  return useQuery({
    queryKey: ['playlist', playlistId],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/playlist/{playlistId}', { params: { path: { playlistId: playlistId ?? '' } }, signal })),
    enabled: playlistId !== undefined,
  });
}

export function usePosts(userId: string | undefined) {
  return usePages(
    ['posts', userId],
    (cursor, signal) =>
      unwrapPage(
        api.GET('/api/v1/tweets/user/{userId}', {
          params: { path: { userId: userId ?? '' }, query: { cursor, limit: PAGE_SIZE } },
          signal,
        }),
      ),
    { enabled: userId !== undefined },
  );
}

export function useSubscribers(channelId: string, options: { enabled: boolean }) {
  return usePages(
    ['subscribers', channelId],
    (cursor, signal) =>
      unwrapPage(
        api.GET('/api/v1/subscriptions/c/{channelId}', {
          params: { path: { channelId }, query: { cursor, limit: PAGE_SIZE } },
          signal,
        }),
      ),
    options,
  );
}

export function useSubscriptions(subscriberId: string | undefined) {
  return usePages(
    ['subscriptions', subscriberId],
    (cursor, signal) =>
      unwrapPage(
        api.GET('/api/v1/subscriptions/u/{subscriberId}', {
          params: { path: { subscriberId: subscriberId ?? '' }, query: { cursor, limit: PAGE_SIZE } },
          signal,
        }),
      ),
    { enabled: subscriberId !== undefined },
  );
}
