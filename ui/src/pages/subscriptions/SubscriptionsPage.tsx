import { TvMinimalPlay } from 'lucide-react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { SUBSCRIBED, useSubscriptions, useVideos } from '../../api/queries';
import type { Account } from '../../api/types';
import { Avatar } from '../../kit/Avatar';
import { useTitle } from '../../kit/hooks';
import { Failure, Notice, Spinner } from '../../kit/states';
import { t } from '../../texts';
import { VideoGrid } from '../../video/VideoGrid';
import './subscriptions.css';

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
  const videos = useVideos(SUBSCRIBED);
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
      <VideoGrid query={videos} empty={<Notice icon={TvMinimalPlay} title={t('channel.noVideos')} />} />
    </>
  );
}
