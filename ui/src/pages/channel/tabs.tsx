import { useQuery } from '@tanstack/react-query';
import { Film, ListVideo, MessagesSquare, Users } from 'lucide-react';
import { useMe } from '../../api/account';
import { usePages } from '../../api/pages';
import { playlistsQuery, postsQuery, subscribersQuery, subscriptionsQuery, videosQuery } from '../../api/queries';
import type { Channel } from '../../api/types';
import { Failure, LoadMore, Notice, Spinner } from '../../components/states';
import { t } from '../../texts';
import { formatDate, formatNumber } from '../../texts/format';
import { VideoGrid } from '../../video/VideoGrid';
import { PlaylistGrid } from '../playlist/PlaylistGrid';
import { PostList } from '../posts/PostList';
import { PersonRow } from './PersonRow';

interface Props {
  channel: Channel;
}

export function VideosTab({ channel }: Props) {
  const videos = usePages(videosQuery({ userId: channel._id }));
  return <VideoGrid query={videos} hidesOwner empty={<Notice icon={Film} title={t('channel.noVideos')} />} />;
}

export function PlaylistsTab({ channel }: Props) {
  const playlists = useQuery(playlistsQuery(channel._id));
  return <PlaylistGrid query={playlists} empty={<Notice icon={ListVideo} title={t('channel.noPlaylists')} />} />;
}

export function PostsTab({ channel }: Props) {
  const posts = usePages(postsQuery(channel._id));
  return <PostList query={posts} empty={<Notice icon={MessagesSquare} title={t('channel.noPosts')} />} />;
}

export function SubscribersTab({ channel }: Props) {
  const me = useMe();
  const people = usePages(subscribersQuery(channel._id), { enabled: Boolean(me) });
  if (people.isPending) return <Spinner />;
  if (people.isError) return <Failure error={people.error} retry={() => void people.refetch()} />;
  if (people.items.length === 0) return <Notice icon={Users} title={t('channel.noSubscribers')} />;
  return (
    <ul className="people">
      {people.items.map(({ _id, subscriber }) => (
        <PersonRow key={_id} person={subscriber} isMe={subscriber._id === me?._id} />
      ))}
      <LoadMore {...people} />
    </ul>
  );
}

export function SubscribedTab({ channel }: Props) {
  const me = useMe();
  const channels = usePages(subscriptionsQuery(channel._id), { enabled: Boolean(me) });
  if (channels.isPending) return <Spinner />;
  if (channels.isError) return <Failure error={channels.error} retry={() => void channels.refetch()} />;
  if (channels.items.length === 0) return <Notice icon={Users} title={t('channel.noSubscribed')} />;
  return (
    <ul className="people">
      {channels.items.map(({ _id, channel: person }) => (
        <PersonRow key={_id} person={person} isMe={person._id === me?._id} />
      ))}
      <LoadMore {...channels} />
    </ul>
  );
}

export function AboutTab({ channel }: Props) {
  return (
    <dl className="facts">
      <Fact label={t('about.name')} value={channel.fullName} />
      <Fact label={t('about.username')} value={`@${channel.username}`} />
      <Fact label={t('about.joined')} value={formatDate(channel.createdAt)} />
      <Fact label={t('channel.subscribers')} value={formatNumber(channel.subscribersCount)} />
      <Fact label={t('channel.subscribed')} value={formatNumber(channel.channelsSubscribedToCount)} />
      <Fact label={t('channel.videos')} value={formatNumber(channel.videosCount)} />
    </dl>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
