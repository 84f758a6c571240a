import { QueryObserver, type QueryKey } from '@tanstack/react-query';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { toast } from '../components/toast';
import { ApiError } from './client';
import { invalidate } from './invalidate';
import { keys } from './keys';
import { queryClient } from './query-client';

vi.mock('../components/toast');

beforeEach(() => {
  queryClient.clear();
  vi.clearAllMocks();
});

describe('a mutation that fails', () => {
  const fail = (meta?: { showsError: boolean }) => {
    const mutationFn = () => Promise.reject(new ApiError('The title is too long.', 400));
    const mutation = queryClient.getMutationCache().build(queryClient, { mutationFn, meta });
    return expect(mutation.execute(undefined)).rejects.toThrow(ApiError);
  };

  test('says why in a toast', async () => {
    await fail();
    expect(toast).toHaveBeenCalledExactlyOnceWith('The title is too long.', 'error');
  });

  test('says nothing where its form shows the error', async () => {
    await fail({ showsError: true });
    expect(toast).not.toHaveBeenCalled();
  });
});

describe('a change makes stale what shows it:', () => {
  const cached: Record<string, QueryKey> = {
    'home page': keys.videos.list({ sortBy: 'createdAt' }),
    'new videos of subscriptions': keys.videos.list({ subscribed: true }),
    'related videos': keys.videos.related('v2'),
    'search results': keys.search.resultsOf({ q: 'tea' }),
    suggestions: keys.search.suggestions('tea'),
    video: keys.video.detail('v1'),
    'other video': keys.video.detail('v2'),
    comments: keys.video.comments('v1'),
    'own videos': keys.dashboard.videos,
    stats: keys.dashboard.stats,
    channel: keys.channels.detail('Asha'),
    subscriptions: keys.subscriptions.channelsOf('u1'),
    subscribers: keys.subscriptions.subscribersOf('u2'),
    playlists: keys.playlists.listOf('u1'),
    playlist: keys.playlists.detail('p1'),
    history: keys.history,
    liked: keys.liked,
    feed: keys.posts.feed,
    posts: keys.posts.by('u1'),
  };
  const lists = ['home page', 'new videos of subscriptions', 'related videos', 'search results', 'suggestions'];
  const dashboard = ['own videos', 'stats'];
  const showing = [...lists, ...dashboard, 'channel', 'playlists', 'playlist', 'history', 'liked'];

  test.each<[string, () => Promise<void>, string[]]>([
    ['a new video', invalidate.videoAdded, [...lists, ...dashboard, 'channel']],
    ['a changed video', () => invalidate.videoChanged('v1'), [...showing, 'video']],
    ['a deleted video', () => invalidate.videoDeleted('v1'), showing],
    ['a like', invalidate.videoLiked, [...dashboard, 'liked']],
    ['a comment', () => invalidate.comments('v1'), ['comments', 'own videos']],
    ['a post', invalidate.posts, ['feed', 'posts']],
    ['a playlist', invalidate.playlists, ['playlists', 'playlist']],
    ['a deleted playlist', () => invalidate.playlistDeleted('p1'), ['playlists', 'playlist']],
    [
      'a subscription',
      invalidate.subscriptions,
      ['new videos of subscriptions', 'channel', 'subscriptions', 'subscribers', 'feed'],
    ],
  ])('%s', async (_, change, expected) => {
    for (const key of Object.values(cached)) queryClient.setQueryData(key, {});
    await change();
    const stale = Object.keys(cached).filter((name) => queryClient.getQueryState(cached[name]!)?.isInvalidated);
    expect(stale.sort()).toEqual(expected.sort());
  });

  test.each<[string, () => Promise<void>]>([
    ['a new video', invalidate.videoAdded],
    ['a deleted video', () => invalidate.videoDeleted('v1')],
    ['another way to recommend', invalidate.recommendations],
  ])('a feed that is not shown is forgotten after %s', async (_, change) => {
    queryClient.setQueryData(keys.feeds.home, {});
    await change();
    expect(queryClient.getQueryState(keys.feeds.home)).toBeUndefined();
  });

  test('a feed that is shown stays as it is', async () => {
    const observer = new QueryObserver(queryClient, { queryKey: keys.feeds.home, staleTime: Infinity });
    queryClient.setQueryData(keys.feeds.home, {});
    const stop = observer.subscribe(() => undefined);
    await invalidate.videoAdded();
    expect(queryClient.getQueryState(keys.feeds.home)).toMatchObject({ isInvalidated: false, fetchStatus: 'idle' });
    stop();
  });

  test('what is known of a deleted video is forgotten', async () => {
    queryClient.setQueryData(keys.video.detail('v1'), {});
    queryClient.setQueryData(keys.video.comments('v1'), {});
    await invalidate.videoDeleted('v1');
    expect(queryClient.getQueryCache().getAll()).toEqual([]);
  });
});
