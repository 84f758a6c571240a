import { TvMinimalPlay } from 'lucide-react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { fetchVideos, usePages, useSubscriptions } from '../../api/queries';
import type { Account, ChannelEntry } from '../../api/types';
import { Avatar } from '../../kit/Avatar';
import { useTitle } from '../../kit/hooks';
import { Failure, Notice, Spinner } from '../../kit/states';
import { t } from '../../texts';
import { VideoGrid } from '../../video/VideoGrid';
import './subscriptions.css';

/** Channels whose films are gathered; the API has no feed of its own. */
const CHANNELS_MAX = 24;
const VIDEOS_EACH = 8;

export function Component() {
  useTitle(t('nav.subscriptions'));
  const me = useMe();
  if (me === undefined) return <Spinner />;
  return (
    <div className="page">
      <h1>{t('nav.subscriptions')}</h1>
      {me ? <Subscriptions me={me} /> : <LoggedOut />}
    </div>
  );
}

function LoggedOut() {
  return (
    <Notice
      icon={TvMinimalPlay}
      title={t('subscriptions.logIn')}
      action={
        <Link to="/login" state={{ from: '/subscriptions' }} className="button">
          {t('account.logIn')}
        </Link>
      }
    >
      {t('subscriptions.logInText')}
    </Notice>
  );
}

function Subscriptions({ me }: { me: Account }) {
  const channels = useSubscriptions(me._id);
  if (channels.isPending) return <Spinner />;
  if (channels.isError) return <Failure error={channels.error} retry={() => void channels.refetch()} />;
  if (channels.items.length === 0) {
    return (
      <Notice icon={TvMinimalPlay} title={t('subscriptions.none')}>
        {t('subscriptions.noneText')}
      </Notice>
    );
  }
  return (
    <>
      <ul className="faces">
        {channels.items.map(({ channel }) => (
          <li key={channel._id}>
            <Link to={`/channel/${channel.username}`} className="face">
              <Avatar src={channel.avatar} size={96} />
              <span>{channel.fullName}</span>
            </Link>
          </li>
        ))}
      </ul>
      <Latest entries={channels.items} />
    </>
  );
}

function Latest({ entries }: { entries: ChannelEntry[] }) {
  const ids = entries
    .filter(({ channel }) => channel.latestVideo)
    .slice(0, CHANNELS_MAX)
    .map(({ channel }) => channel._id);
  const videos = usePages(['videos', 'subscriptions', ...ids], async (_, signal) => {
    const lists = await Promise.all(ids.map((userId) => fetchVideos({ userId, limit: VIDEOS_EACH }, signal)));
    const items = lists.flatMap((list) => list.items).sort((one, other) => other.createdAt.localeCompare(one.createdAt));
    return { items, next: null, total: items.length };
  });
  return <VideoGrid query={videos} empty={<Notice icon={TvMinimalPlay} title={t('channel.noVideos')} />} />;
}
