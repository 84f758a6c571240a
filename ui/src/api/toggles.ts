// Likes and subscriptions: toggles with optimistic updates.

import { useMutation, type InfiniteData, type QueryKey } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { invalidate } from './invalidate';
import { keys } from './keys';
import type { Page } from './pages';
import { queryClient } from './query-client';
import type { Channel, ChannelEntry, Recommended, SearchResult, SubscriberEntry, VideoDetail } from './types';

/** A change to the cached data of all queries whose key starts with `queryKey`. */
interface Patch {
  queryKey: QueryKey;
  apply: (data: unknown) => unknown;
}

const patch = <T>(queryKey: QueryKey, apply: (data: T) => T): Patch => ({
  queryKey,
  apply: (data) => apply(data as T),
});

interface Toggle {
  /** Toggles with the same id run one after the other, because their order decides the result. */
  id: string;
  patches: readonly Patch[];
  send: () => Promise<unknown>;
  invalidate?: () => Promise<void>;
}

/** Patches the cache at once and rolls back on error. */
function useToggle(toggle: Toggle) {
  const mutationKey = ['toggle', toggle.id];
  return useMutation({
    mutationKey,
    scope: { id: toggle.id },
    mutationFn: toggle.send,
    onMutate: async () => {
      await Promise.all(toggle.patches.map(({ queryKey }) => queryClient.cancelQueries({ queryKey })));
      const before = toggle.patches.flatMap(({ queryKey }) => queryClient.getQueriesData({ queryKey }));
      for (const { queryKey, apply } of toggle.patches) {
        queryClient.setQueriesData({ queryKey }, (data: unknown) => data && apply(data));
      }
      return before;
    },
    onError: (_error, _variables, before) => {
      for (const [queryKey, data] of before ?? []) queryClient.setQueryData(queryKey, data);
    },
    onSettled: () => {
      // Refetching now would undo the patch of a toggle that is still queued.
      if (queryClient.isMutating({ mutationKey }) === 1) void toggle.invalidate?.();
    },
  });
}

interface Likable {
  _id: string;
  isLiked: boolean;
  likesCount: number;
}

const toggleLike = <T extends Likable>(it: T): T => ({
  ...it,
  isLiked: !it.isLiked,
  likesCount: it.likesCount + (it.isLiked ? -1 : 1),
});

const mapItems =
  <T>(change: (item: T) => T) =>
  (data: InfiniteData<Page<T>>): InfiniteData<Page<T>> => ({
    ...data,
    pages: data.pages.map((page) => ({ ...page, items: page.items.map(change) })),
  });

const toggleLikeOf = (id: string) => mapItems<Likable>((item) => (item._id === id ? toggleLike(item) : item));

export function useVideoLike(videoId: string) {
  return useToggle({
    id: `like-${videoId}`,
    patches: [patch<VideoDetail>(keys.video.detail(videoId), toggleLike)],
    send: () => unwrap(api.POST('/api/v1/likes/toggle/v/{videoId}', { params: { path: { videoId } } })),
    invalidate: invalidate.videoLiked,
  });
}

export function useCommentLike(videoId: string, commentId: string) {
  return useToggle({
    id: `like-${commentId}`,
    patches: [patch(keys.video.comments(videoId), toggleLikeOf(commentId))],
    send: () => unwrap(api.POST('/api/v1/likes/toggle/c/{commentId}', { params: { path: { commentId } } })),
  });
}

export function usePostLike(tweetId: string) {
  return useToggle({
    id: `like-${tweetId}`,
    // A post may be in the feed and in the list of its author.
    patches: [patch(keys.posts.all, toggleLikeOf(tweetId))],
    send: () => unwrap(api.POST('/api/v1/likes/toggle/t/{tweetId}', { params: { path: { tweetId } } })),
  });
}

/** Leaves a video out of the viewer's recommendations, or shows it again. */
export function useHiding({ _id: videoId, isHidden }: Recommended) {
  const params = { params: { path: { videoId } } };
  return useToggle({
    id: `hide-${videoId}`,
    patches: [
      patch(
        keys.feeds.home,
        mapItems<Recommended>((item) => (item._id === videoId ? { ...item, isHidden: !item.isHidden } : item)),
      ),
    ],
    send: () =>
      unwrap(
        isHidden
          ? api.DELETE('/api/v1/feed/hidden/{videoId}', params)
          : api.POST('/api/v1/feed/hidden/{videoId}', params),
      ),
  });
}

interface Subscribable {
  _id: string;
  isSubscribed: boolean;
  subscribersCount: number;
}

/** Returns a change that toggles this channel and leaves others as they are. */
const toggleSubscriptionTo =
  (channelId: string) =>
  <T extends Subscribable>(channel: T): T =>
    channel._id === channelId
      ? {
          ...channel,
          isSubscribed: !channel.isSubscribed,
          subscribersCount: channel.subscribersCount + (channel.isSubscribed ? -1 : 1),
        }
      : channel;

/** Toggles the subscription to a channel wherever it is shown. */
export function useSubscription(channelId: string) {
  const toggle = toggleSubscriptionTo(channelId);
  return useToggle({
    id: `subscribe-${channelId}`,
    patches: [
      patch<VideoDetail>(keys.video.details, (video) => ({ ...video, owner: toggle(video.owner) })),
      patch<Channel>(keys.channels.all, toggle),
      patch(
        keys.subscriptions.subscribers,
        mapItems<SubscriberEntry>((entry) => ({ ...entry, subscriber: toggle(entry.subscriber) })),
      ),
      patch(
        keys.subscriptions.channels,
        mapItems<ChannelEntry>((entry) => ({ ...entry, channel: toggle(entry.channel) })),
      ),
      patch(
        keys.search.results,
        mapItems<SearchResult>((entry) => ({ ...entry, channel: entry.channel && toggle(entry.channel) })),
      ),
    ],
    send: () => unwrap(api.POST('/api/v1/subscriptions/c/{channelId}', { params: { path: { channelId } } })),
    invalidate: invalidate.subscriptions,
  });
}
