import { Link } from 'react-router';
import { useSubscription } from '../../api/toggles';
import { mediaUrl } from '../../api/client';
import type { Channel } from '../../api/types';
import { useLogInFirst } from '../../app/login-first';
import { Avatar } from '../../components/Avatar';
import { paths } from '../../paths';
import { t } from '../../texts';
import { countSubscribers, countVideos } from '../../texts/format';

export function ChannelHead({ channel, isMine }: { channel: Channel; isMine: boolean }) {
  return (
    <header className="channel-head">
      <div className="channel-head__cover" data-empty={!channel.coverImage || undefined}>
        {channel.coverImage && <img src={mediaUrl(channel.coverImage)} alt="" />}
      </div>
      <div className="channel-head__row">
        <Avatar src={channel.avatar} size={144} />
        <div className="channel-head__names">
          <h1>{channel.fullName}</h1>
          <p className="channel-head__facts">
            <span>@{channel.username}</span>
            <span>{countSubscribers(channel.subscribersCount)}</span>
            <span>{countVideos(channel.videosCount)}</span>
          </p>
        </div>
        {isMine ? (
          <div className="channel-head__actions">
            <Link to={paths.settings()} className="button" data-variant="quiet">
              {t('channel.customise')}
            </Link>
            <Link to={paths.studio()} className="button">
              {t('nav.studio')}
            </Link>
          </div>
        ) : (
          <Subscribe channel={channel} />
        )}
      </div>
    </header>
  );
}

function Subscribe({ channel }: { channel: Channel }) {
  const logInFirst = useLogInFirst();
  const toggle = useSubscription(channel._id);
  return (
    <button
      type="button"
      className="button"
      data-variant={channel.isSubscribed ? 'quiet' : undefined}
      aria-label={t(channel.isSubscribed ? 'subscribe.undo' : 'subscribe.do', { name: channel.fullName })}
      onClick={() => logInFirst(() => toggle.mutate())}
    >
      {t(channel.isSubscribed ? 'subscribe.done' : 'subscribe.action')}
    </button>
  );
}
