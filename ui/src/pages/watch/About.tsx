import { ListPlus, Share2, ThumbsUp } from 'lucide-react';
import { lazy, Suspense, useState, type RefObject } from 'react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { useVideoLike } from '../../api/toggles';
import type { VideoDetail } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { useLogInFirst } from '../../components/log-in-first';
import { RichText } from '../../components/RichText';
import { SubscribeButton } from '../../components/SubscribeButton';
import { paths, tagTerm } from '../../paths';
import { t } from '../../texts';
import {
  countLikes,
  countSubscribers,
  countViews,
  formatAgo,
  formatCompact,
  formatDate,
  formatNumber,
} from '../../texts/format';

const ShareDialog = lazy(() => import('../../video/ShareDialog').then((it) => ({ default: it.ShareDialog })));
const SaveDialog = lazy(() => import('../../video/SaveDialog').then((it) => ({ default: it.SaveDialog })));

/** Longer descriptions are collapsed at first. */
const FOLDED_CHARS = 240;

export function About({ video, at }: { video: VideoDetail; at: RefObject<number> }) {
  const me = useMe();
  const logInFirst = useLogInFirst();
  const like = useVideoLike(video._id);
  const [open, setOpen] = useState<'share' | 'save' | null>(null);
  const [sharedAt, setSharedAt] = useState(0);
  return (
    <section className="about">
      <h1 className="about__title">{video.title}</h1>
      <div className="about__bar">
        <OwnerBar video={video} />
        <div className="about__actions">
          <button
            type="button"
            className="button"
            data-variant="quiet"
            aria-pressed={video.isLiked}
            aria-label={t('like.do', { n: countLikes(video.likesCount) })}
            onClick={() => logInFirst(() => like.mutate())}
          >
            <ThumbsUp size={20} fill={video.isLiked ? 'currentColor' : 'none'} aria-hidden />
            {formatCompact(video.likesCount)}
          </button>
          <button
            type="button"
            className="button"
            data-variant="quiet"
            onClick={() => {
              setSharedAt(at.current);
              setOpen('share');
            }}
          >
            <Share2 size={20} aria-hidden />
            {t('action.share')}
          </button>
          <button
            type="button"
            className="button"
            data-variant="quiet"
            onClick={() => logInFirst(() => setOpen('save'))}
          >
            <ListPlus size={20} aria-hidden />
            {t('action.save')}
          </button>
        </div>
      </div>
      <Description video={video} />
      <Suspense>
        {open === 'share' && <ShareDialog video={video} at={sharedAt} onClose={() => setOpen(null)} />}
        {open === 'save' && me && <SaveDialog videoId={video._id} userId={me._id} onClose={() => setOpen(null)} />}
      </Suspense>
    </section>
  );
}

function OwnerBar({ video }: { video: VideoDetail }) {
  const me = useMe();
  const { owner } = video;
  return (
    <div className="about__owner">
      <Link to={paths.channel(owner.username)} tabIndex={-1} aria-hidden>
        <Avatar src={owner.avatar} size={48} />
      </Link>
      <div>
        <Link to={paths.channel(owner.username)} className="about__name">
          {owner.fullName}
        </Link>
        <span className="muted">{countSubscribers(owner.subscribersCount)}</span>
      </div>
      {me?._id === owner._id ? (
        <Link className="button" data-variant="outline" to={paths.studioVideo(video._id)}>
          {t('action.edit')}
        </Link>
      ) : (
        <SubscribeButton channel={owner} />
      )}
    </div>
  );
}

function Description({ video }: { video: VideoDetail }) {
  const isLong = video.description.length > FOLDED_CHARS || video.description.split('\n').length > 4;
  const [isFolded, setFolded] = useState(isLong);
  return (
    <div className="about__box" data-folded={isFolded || undefined}>
      <p className="about__facts">
        <span title={formatNumber(video.views)}>{countViews(video.views)}</span>
        <time dateTime={video.createdAt} title={formatDate(video.createdAt)}>
          {formatAgo(video.createdAt)}
        </time>
      </p>
      <RichText text={video.description} className="about__text" />
      {isLong && (
        <button type="button" className="link-button" aria-expanded={!isFolded} onClick={() => setFolded(!isFolded)}>
          {t(isFolded ? 'watch.unfold' : 'watch.fold')}
        </button>
      )}
      {video.tags.length > 0 && (
        <ul className="about__tags" aria-label={t('tags.label')}>
          {video.tags.map((tag) => (
            <li key={tag}>
              <Link to={paths.search(tagTerm(tag))}>#{tag}</Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
