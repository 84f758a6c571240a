import type { components } from './schema';

type Schemas = components['schemas'];

export type CurrentUser = Schemas['SelfUser'];
export type Channel = Schemas['Channel'];
export type ChannelEntry = Schemas['ChannelEntry'];
export type Comment = Schemas['Comment'];
export type UserSummary = Schemas['OwnerMini'];
export type OwnVideo = Schemas['OwnVideo'];
export type PlaylistSummary = Schemas['PlaylistCard'];
export type PlaylistDetail = Schemas['PlaylistDetail'];
export type Post = Schemas['Tweet'];
export type Processing = Schemas['Processing'];
export type Session = Schemas['SessionView'];
export type Stats = Schemas['Stats'];
export type SubscriberEntry = Schemas['SubscriberEntry'];
export type VideoCard = Schemas['VideoCard'];
export type VideoDetail = Schemas['VideoDetail'];
export type VideoRaw = Schemas['VideoRaw'];
export type WatchedVideo = Schemas['Watched'];
