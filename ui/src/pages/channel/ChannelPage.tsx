import { useQuery } from '@tanstack/react-query';
import { UserRoundX } from 'lucide-react';
import { NavLink, useParams } from 'react-router';
import { useMe } from '../../api/account';
import { isNotFound } from '../../api/client';
import { channelQuery } from '../../api/queries';
import type { Channel } from '../../api/types';
import { useTitle } from '../../components/hooks';
import { Failure, Notice, Spinner } from '../../components/states';
import { paths } from '../../paths';
import { t, type TextKey } from '../../texts';
import { ChannelHead } from './ChannelHead';
import { AboutTab, PlaylistsTab, PostsTab, SubscribedTab, SubscribersTab, VideosTab } from './tabs';
import './channel.css';

const TABS: readonly { path: string; label: TextKey; Content: (props: { channel: Channel }) => React.ReactNode }[] = [
  { path: '', label: 'channel.videos', Content: VideosTab },
  { path: 'playlists', label: 'channel.playlists', Content: PlaylistsTab },
  { path: 'posts', label: 'channel.posts', Content: PostsTab },
  { path: 'subscribers', label: 'channel.subscribers', Content: SubscribersTab },
  { path: 'subscribed', label: 'channel.subscribed', Content: SubscribedTab },
  { path: 'about', label: 'channel.about', Content: AboutTab },
];
/** Tabs that need an account. */
const PRIVATE = new Set(['subscribers', 'subscribed']);

export function Component() {
  const { username = '', tab = '' } = useParams();
  const me = useMe();
  const channel = useQuery(channelQuery(username));
  useTitle(channel.data?.fullName);
  if (channel.isPending) return <Spinner />;
  if (channel.isError) {
    if (!isNotFound(channel.error)) return <Failure error={channel.error} retry={() => void channel.refetch()} />;
    return (
      <Notice icon={UserRoundX} level={1} title={t('channel.missing')}>
        {t('channel.missingText', { username })}
      </Notice>
    );
  }
  const tabs = TABS.filter(({ path }) => me || !PRIVATE.has(path));
  const Content = tabs.find(({ path }) => path === tab)?.Content ?? VideosTab;
  return (
    <div className="page">
      <ChannelHead channel={channel.data} isMine={me?._id === channel.data._id} />
      <nav className="tabs" aria-label={t('channel.tabs')}>
        {tabs.map(({ path, label }) => (
          <NavLink key={path} end to={paths.channel(username, path)} preventScrollReset className="tab">
            {t(label)}
          </NavLink>
        ))}
      </nav>
      <Content channel={channel.data} />
    </div>
  );
}
