// A playlist, whose videos come in pages.

import { infiniteQueryOptions, skipToken, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, unwrap } from './client';
import { keys } from './keys';
import type { PlaylistDetail, VideoSummary } from './types';

/** Most playlists fit into one. */
const PLAYLIST_PAGE_SIZE = 200;

export const playlistQuery = (playlistId: string) =>
  infiniteQueryOptions({
    queryKey: keys.playlists.detail(playlistId),
    queryFn: playlistId
      ? ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) => {
          const params = { path: { playlistId }, query: { cursor: pageParam, limit: PLAYLIST_PAGE_SIZE } };
          return unwrap(api.GET('/api/v1/playlist/{playlistId}', { params, signal }));
        }
      : skipToken,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: PlaylistDetail) => last.nextCursor ?? undefined,
  });

/** Fetches a playlist, and further pages of its videos as long as those that are there are not enough. */
export function usePlaylist(playlistId: string, isEnough: (shown: PlaylistDetail) => boolean) {
  const query = useInfiniteQuery(playlistQuery(playlistId));
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  const [first] = query.data?.pages ?? [];
  const playlist = first && { ...first, videos: query.data?.pages.flatMap((page) => page.videos) ?? [] };
  const isShort = hasNextPage && !isFetching && !isFetchNextPageError && playlist && !isEnough(playlist);
  useEffect(() => {
    if (isShort) void fetchNextPage();
  }, [isShort, fetchNextPage]);
  return { ...query, playlist };
}

/** Returns the pages with all videos in another order, as one page. */
export const inOrder =
  (videos: readonly VideoSummary[]) =>
  <P>(shown: { pages: PlaylistDetail[]; pageParams: P[] } | undefined) => {
    const [first] = shown?.pages ?? [];
    if (!shown || !first) return shown;
    return { pages: [{ ...first, videos: [...videos], nextCursor: null }], pageParams: shown.pageParams.slice(0, 1) };
  };
