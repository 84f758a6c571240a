import { TvMinimalPlay } from 'lucide-react';
import { Link } from 'react-router';
import { usePages } from '../../api/pages';
import { SUBSCRIBED, subscriptionsQuery, videosQuery } from '../../api/queries';
import type { CurrentUser } from '../../api/types';
import { RequireAuth } from '../../app/RequireAuth';
import { Avatar } from '../../components/Avatar';
import { useTitle } from '../../components/hooks';
import { Failure, LogInNotice, Notice, Spinner } from '../../components/states';
import { paths } from '../../paths';
import { t } from '../../texts';
import { VideoGrid } from '../../video/VideoGrid';
import './subscriptions.css';

export function Component() {
  useTitle(t('nav.subscriptions'));
  return (
    <div className="page">
      <h1>{t('nav.subscriptions')}</h1>
      <RequireAuth
        fallback={
          <LogInNotice icon={TvMinimalPlay} title={t('subscriptions.logIn')}>
            {t('subscriptions.logInText')}
          </LogInNotice>
        }
      >
        {(me) => <Subscriptions me={me} />}
      </RequireAuth>
    </div>
  );
}

function Subscriptions({ me }: { me: CurrentUser }) {
  const channels = usePages(subscriptionsQuery(me._id));
  const videos = usePages(videosQuery(SUBSCRIBED));
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
      <ul className="channel-strip">
        {channels.items.map(({ channel }) => (
          <li key={channel._id}>
            <Link to={paths.channel(channel.username)} className="channel-strip__item">
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
