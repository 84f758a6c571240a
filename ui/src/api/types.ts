import type { components } from './schema';

type Schemas = components['schemas'];

export type CurrentUser = Schemas['CurrentUser'];
export type Channel = Schemas['Channel'];
export type ChannelEntry = Schemas['ChannelEntry'];
export type Comment = Schemas['Comment'];
export type UserSummary = Schemas['UserSummary'];
export type OwnVideoSummary = Schemas['OwnVideo'];
export type PlaylistSummary = Schemas['PlaylistCard'];
export type PlaylistDetail = Schemas['PlaylistDetail'];
export type Post = Schemas['Tweet'];
export type Processing = Schemas['Processing'];
export type Session = Schemas['SessionView'];
export type Reason = Schemas['Reason'];
export type ReportPlayback = Schemas['ReportPlayback'];
export type SubscriberEntry = Schemas['SubscriberEntry'];
export type SearchPage = Schemas['SearchPage'];
export type SearchResult = SearchPage['docs'][number];
export type Suggestion = Schemas['Suggestion'];
export type Tag = Schemas['Tag'];
export type VideoSummary = Schemas['VideoSummary'];
export type VideoDetail = Schemas['VideoDetail'];
export type WatchedVideo = Schemas['Watched'];

/** A video of the home feed. */
export type Recommended = Schemas['Recommended'] & {
  /** Whether the viewer has just said that they are not interested. */
  isHidden?: boolean;
};

/** Which videos a list has, and in which order. */
export interface VideoFilter {
  query?: string;
  sortBy?: SortBy;
  sortType?: 'asc' | 'desc';
  userId?: string;
  /** Only from the channels the viewer subscribes to. */
  subscribed?: boolean;
  /** Only shorts, or everything else. */
  shorts?: 'only' | 'exclude';
}

/** Where the viewer of a video came from, if the page knows. */
export type TrafficSource = 'home' | 'search' | 'related' | 'subscriptions' | 'playlist' | 'embed';

/** What is looked for, and by what it is narrowed. */
export interface SearchFilter {
  q: string;
  type?: string;
  sort?: string;
  channel?: string;
  after?: string;
  before?: string;
  longer?: string;
  shorter?: string;
}

export type SortBy = 'createdAt' | 'views' | 'duration' | 'title' | 'hot' | 'trending';
