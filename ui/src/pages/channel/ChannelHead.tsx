import { Link } from 'react-router';
import { mediaUrl } from '../../api/client';
import type { Channel } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { SubscribeButton } from '../../components/SubscribeButton';
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
          <SubscribeButton channel={channel} />
        )}
      </div>
    </header>
  );
}
