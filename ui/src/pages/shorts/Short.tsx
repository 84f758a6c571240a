import { useQuery } from '@tanstack/react-query';
import { MessageSquare, Share2, ThumbsUp, Volume2, VolumeX } from 'lucide-react';
import { lazy, Suspense, useId, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { mediaUrl } from '../../api/client';
import { videoQuery } from '../../api/queries';
import { useVideoLike } from '../../api/toggles';
import type { UserSummary, VideoDetail, VideoSummary } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { useLogInFirst } from '../../components/log-in-first';
import { paths } from '../../paths';
import { t } from '../../texts';
import { countLikes, formatCompact } from '../../texts/format';
import { Stage } from './Stage';

const ShareDialog = lazy(() => import('../../video/ShareDialog').then((it) => ({ default: it.ShareDialog })));

export type ShortVideo = Omit<VideoSummary, 'owner' | 'ownerDetails'> & { owner: UserSummary };

interface Props {
  video: ShortVideo;
  /** In the list, from 1. */
  position: number;
  /** The current one plays, the next one is loaded, others have their thumbnail only. */
  turn: 'current' | 'next' | 'other';
  isPaused: boolean;
  isMuted: boolean;
  onPaused: (isPaused: boolean) => void;
  onMuted: (isMuted: boolean) => void;
}

export function Short({ video, position, turn, isPaused, isMuted, onPaused, onMuted }: Props) {
  const titleId = useId();
  return (
    <article className="short" tabIndex={-1} aria-posinset={position} aria-setsize={-1} aria-labelledby={titleId}>
      <div className="short__stage" data-shape={video.height >= 1.5 * video.width ? 'upright' : 'square'}>
        <img
          className="short__picture"
          src={mediaUrl(video.thumbnail)}
          alt=""
          loading={turn === 'other' ? 'lazy' : 'eager'}
          decoding="async"
        />
        {turn !== 'other' && (
          <Stage
            video={video}
            isCurrent={turn === 'current'}
            isPaused={isPaused}
            isMuted={isMuted}
            onPaused={onPaused}
            onMuted={onMuted}
          />
        )}
        <button
          type="button"
          className="short__sound"
          aria-pressed={!isMuted}
          aria-label={t(isMuted ? 'shorts.sound' : 'player.mute')}
          onClick={() => onMuted(!isMuted)}
        >
          {isMuted ? <VolumeX size={20} aria-hidden /> : <Volume2 size={20} aria-hidden />}
          {isMuted && <span aria-hidden>{t('shorts.sound')}</span>}
        </button>
        <div className="short__text">
          <Link to={paths.channel(video.owner.username)} className="short__owner">
            <Avatar src={video.owner.avatar} />
            <span>{video.owner.fullName}</span>
          </Link>
          <h2 id={titleId} className="short__title">
            <Link to={paths.watch(video._id)}>{video.title}</Link>
          </h2>
        </div>
      </div>
      <Actions video={video} isNear={turn !== 'other'} />
    </article>
  );
}

function Actions({ video, isNear }: { video: ShortVideo; isNear: boolean }) {
  const { data } = useQuery({ ...videoQuery(video._id), enabled: isNear });
  const [isSharing, setSharing] = useState(false);
  return (
    <div className="short__actions">
      <Like video={video} detail={data} />
      <Link
        to={paths.watch(video._id)}
        className="short__action"
        aria-label={t('shorts.comments', { title: video.title })}
      >
        <ActionFace icon={<MessageSquare size={24} aria-hidden />}>
          {data && formatCompact(data.commentsCount)}
        </ActionFace>
      </Link>
      <button type="button" className="short__action" onClick={() => setSharing(true)}>
        <ActionFace icon={<Share2 size={24} aria-hidden />}>{t('action.share')}</ActionFace>
      </button>
      <Suspense>
        {isSharing && (
          <ShareDialog video={video} at={0} path={paths.short(video._id)} onClose={() => setSharing(false)} />
        )}
      </Suspense>
    </div>
  );
}

/** `detail` knows whether the viewer likes it. */
function Like({ video, detail }: { video: ShortVideo; detail: VideoDetail | undefined }) {
  const logInFirst = useLogInFirst();
  const like = useVideoLike(video._id);
  const { likesCount } = detail ?? video;
  const isLiked = detail?.isLiked ?? false;
  return (
    <button
      type="button"
      className="short__action"
      aria-pressed={isLiked}
      aria-label={t('like.do', { n: countLikes(likesCount) })}
      onClick={() => logInFirst(() => like.mutate())}
    >
      <ActionFace icon={<ThumbsUp size={24} fill={isLiked ? 'currentColor' : 'none'} aria-hidden />}>
        {formatCompact(likesCount)}
      </ActionFace>
    </button>
  );
}

function ActionFace({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <>
      <span className="short__icon">{icon}</span>
      <span className="short__label">{children}</span>
    </>
  );
}
