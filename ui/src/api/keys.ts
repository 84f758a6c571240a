import type { SearchFilter, VideoFilter } from './types';

/** Keys of the query cache. Keys match by prefix: `keys.videos.all` matches every list of videos. */
export const keys = {
  me: ['me'],
  site: ['site'],
  sessions: ['sessions'],
  history: ['history'],
  liked: ['liked'],
  storyboard: (address: string) => ['storyboard', address],
  videos: {
    all: ['videos'],
    list: (filter: VideoFilter) => ['videos', 'list', filter],
    related: (videoId: string) => ['videos', 'related', videoId],
  },
  feeds: {
    all: ['feeds'],
    home: ['feeds', 'home'],
    shorts: ['feeds', 'shorts'],
  },
  feedSettings: ['feed-settings'],
  video: {
    details: ['video', 'detail'],
    detail: (videoId: string) => ['video', 'detail', videoId],
    own: (videoId: string) => ['video', 'own', videoId],
    comments: (videoId: string) => ['video', 'comments', videoId],
    processing: (videoId: string) => ['video', 'processing', videoId],
  },
  search: {
    all: ['search'],
    results: ['search', 'results'],
    resultsOf: (filter: SearchFilter) => ['search', 'results', filter],
    suggestions: (text: string) => ['search', 'suggestions', text],
  },
  tags: (prefix: string) => ['tags', prefix],
  dashboard: {
    all: ['dashboard'],
    stats: ['dashboard', 'stats'],
    videos: ['dashboard', 'videos'],
  },
  channels: {
    all: ['channels'],
    detail: (username: string) => ['channels', username.toLowerCase()],
  },
  subscriptions: {
    all: ['subscriptions'],
    /** The subscribers of channels. */
    subscribers: ['subscriptions', 'subscribers'],
    subscribersOf: (channelId: string) => ['subscriptions', 'subscribers', channelId],
    /** The channels that users subscribe to. */
    channels: ['subscriptions', 'channels'],
    channelsOf: (userId: string) => ['subscriptions', 'channels', userId],
  },
  playlists: {
    all: ['playlists'],
    lists: ['playlists', 'list'],
    listOf: (userId: string, videoId?: string) => ['playlists', 'list', userId, ...(videoId ? [videoId] : [])],
    detail: (playlistId: string) => ['playlists', 'detail', playlistId],
  },
  posts: {
    all: ['posts'],
    feed: ['posts', 'feed'],
    by: (userId: string) => ['posts', 'by', userId],
  },
} as const;
