import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { UserSummary, VideoSummary } from '../api/types';
import { Avatar } from '../components/Avatar';
import { paths } from '../paths';
import { countViews, formatAgo, formatDateTime } from '../texts/format';
import { Thumbnail } from './Thumbnail';
import './video-card.css';

type Shown = Omit<VideoSummary, 'owner' | 'likesCount'> & { owner: UserSummary | string };

interface Props {
  video: Shown;
  /** Image above text, beside a short text, or beside a long one. */
  variant?: 'tile' | 'row' | 'result';
  /** The playlist it is played from. */
  list?: string;
  isFirst?: boolean;
  /** Heading level of the title. */
  level?: 2 | 3;
  /** For a channel's own page. */
  hidesOwner?: boolean;
  /** Its texts with words marked. */
  marked?: Readonly<Record<'title' | 'owner' | 'description', ReactNode>>;
  /** A line below the facts. */
  note?: string;
  action?: ReactNode;
}

/** A video in a list. The link of the title also covers the thumbnail, so there is one tab stop. */
export function VideoCard({
  video,
  variant = 'tile',
  list,
  isFirst,
  level = 2,
  hidesOwner,
  marked,
  note,
  action,
}: Props) {
  const owner = hidesOwner || typeof video.owner === 'string' ? null : video.owner;
  const Heading = `h${level}` as const;
  return (
    <article className="video-card" data-variant={variant}>
      <Thumbnail video={video} isFirst={isFirst} />
      <div className="video-card__text">
        {owner && variant === 'tile' && (
          <Link to={paths.channel(owner.username)} className="video-card__avatar" tabIndex={-1} aria-hidden>
            <Avatar src={owner.avatar} />
          </Link>
        )}
        <div className="video-card__lines">
          <Heading className="video-card__title">
            <Link to={paths.watch(video._id, { list })} title={video.title}>
              {marked?.title ?? video.title}
            </Link>
          </Heading>
          {owner && (
            <Link to={paths.channel(owner.username)} className="video-card__owner">
              {variant === 'result' && <Avatar src={owner.avatar} size={24} />}
              {marked?.owner ?? owner.fullName}
            </Link>
          )}
          <p className="video-card__facts">
            <span>{countViews(video.views)}</span>
            <time dateTime={video.createdAt} title={formatDateTime(video.createdAt)}>
              {formatAgo(video.createdAt)}
            </time>
          </p>
          {note && (
            <p className="video-card__note" title={note}>
              {note}
            </p>
          )}
          {variant === 'result' && <p className="video-card__about">{marked?.description ?? video.description}</p>}
        </div>
        {action}
      </div>
    </article>
  );
}

const SKELETONS = 12;

export function CardSkeletons({ look = 'tile', count = SKELETONS }: { look?: Props['variant']; count?: number }) {
  return Array.from({ length: count }, (_, at) => (
    <div key={at} className="video-card" data-variant={look} aria-hidden>
      <span className="thumb skeleton" />
      <div className="video-card__text">
        {look === 'tile' && <span className="skeleton video-card__avatar" />}
        <div className="video-card__lines">
          <span className="skeleton skeleton--line" />
          <span className="skeleton skeleton--line skeleton--short" />
        </div>
      </div>
    </div>
  ));
}
