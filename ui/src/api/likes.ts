import { useMutation, type InfiniteData, type QueryKey } from '@tanstack/react-query';
import { toast } from '../components/toast';
import { unwrap, api } from './client';
import { FEEDS, queryClient, type Page } from './queries';
import type { Channel, VideoDetail } from './types';

interface Likable {
  _id: string;
  isLiked: boolean;
  likesCount: number;
}

const flipped = <T extends Likable>(it: T): T => ({
  ...it,
  isLiked: !it.isLiked,
  likesCount: it.likesCount + (it.isLiked ? -1 : 1),
});

/**
 * A change that is shown before the server has agreed, and taken back if it does not. Toggles of one thing run one
 * after the other: two at once would cancel each other out in an order nobody knows.
 */
function useOptimistic<T>(options: {
  scope: string;
  key: QueryKey;
  change: (data: T) => T;
  send: () => Promise<unknown>;
  also?: QueryKey[];
}) {
  return useMutation({
    scope: { id: options.scope },
    mutationFn: options.send,
    onMutate: async () => {
      await queryClient.cancelQueries({ queryKey: options.key });
      const before = queryClient.getQueryData<T>(options.key);
      if (before !== undefined) queryClient.setQueryData<T>(options.key, options.change(before));
      return before;
    },
    onError: (error, _, before) => {
      if (before !== undefined) queryClient.setQueryData(options.key, before);
      toast(error.message, 'error');
    },
    onSettled: () => {
      for (const queryKey of options.also ?? []) void queryClient.invalidateQueries({ queryKey });
    },
  });
}

export function useVideoLike(videoId: string) {
  return useOptimistic<VideoDetail>({
    scope: `like-${videoId}`,
    key: ['video', videoId],
    change: flipped,
    send: () => unwrap(api.POST('/api/v1/likes/toggle/v/{videoId}', { params: { path: { videoId } } })),
    also: [['liked']],
  });
}

type Pages = InfiniteData<Page<Likable>>;

const flippedIn =
  (id: string) =>
  (data: Pages): Pages => ({
    ...data,
    pages: data.pages.map((page) => ({
      ...page,
      items: page.items.map((item) => (item._id === id ? flipped(item) : item)),
    })),
  });

export function useCommentLike(videoId: string, commentId: string) {
  return useOptimistic<Pages>({
    scope: `like-${commentId}`,
    key: ['comments', videoId],
    change: flippedIn(commentId),
    send: () => unwrap(api.POST('/api/v1/likes/toggle/c/{commentId}', { params: { path: { commentId } } })),
  });
}

/** `listKey` is the list in which the post is shown. */
export function usePostLike(listKey: QueryKey, tweetId: string) {
  return useOptimistic<Pages>({
    scope: `like-${tweetId}`,
    key: listKey,
    change: flippedIn(tweetId),
    send: () => unwrap(api.POST('/api/v1/likes/toggle/t/{tweetId}', { params: { path: { tweetId } } })),
  });
}

interface Subscribable {
  isSubscribed: boolean;
  subscribersCount: number;
}

const subscribed = <T extends Subscribable>(it: T): T => ({
  ...it,
  isSubscribed: !it.isSubscribed,
  subscribersCount: it.subscribersCount + (it.isSubscribed ? -1 : 1),
});

const toggleSubscription = (channelId: string) =>
  unwrap(api.POST('/api/v1/subscriptions/c/{channelId}', { params: { path: { channelId } } }));

/** Subscribing on the watch page. */
export function useOwnerSubscription(videoId: string, channelId: string) {
  return useOptimistic<VideoDetail>({
    scope: `subscribe-${channelId}`,
    key: ['video', videoId],
    change: (video) => ({ ...video, owner: subscribed(video.owner) }),
    send: () => toggleSubscription(channelId),
    also: [...FEEDS, ['channel']],
  });
}

/** Subscribing on the channel's own page. */
export function useChannelSubscription(username: string, channelId: string) {
  return useOptimistic<Channel>({
    scope: `subscribe-${channelId}`,
    key: ['channel', username.toLowerCase()],
    change: subscribed,
    send: () => toggleSubscription(channelId),
    also: [...FEEDS, ['subscribers', channelId]],
  });
}

/** Subscribing where only the two names of the relation are shown. */
export function useSubscription(channelId: string) {
  return useMutation({
    scope: { id: `subscribe-${channelId}` },
    mutationFn: () => toggleSubscription(channelId),
    onError: (error) => toast(error.message, 'error'),
    onSettled: () => {
      for (const queryKey of [...FEEDS, ['subscribers'], ['channel']]) void queryClient.invalidateQueries({ queryKey });
    },
  });
}
