import { ListVideo } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import type { SearchResult } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { paths } from '../../paths';
import { formatAgo, formatDateTime } from '../../texts/format';
import { VideoCard } from '../../video/VideoCard';
import { PersonRow } from '../channel/PersonRow';
import '../channel/channel.css';
import { cut, excerpt, type Piece, type Range } from './marks';

const Marked = ({ pieces }: { pieces: readonly Piece[] }) =>
  pieces.map(({ text, isMarked }, at) => (isMarked ? <mark key={at}>{text}</mark> : text));

const mark = (text: string, ranges?: readonly Range[]) => <Marked pieces={cut(text, ranges)} />;
const markExcerpt = (text: string, ranges?: readonly Range[]) => <Marked pieces={excerpt(cut(text, ranges))} />;

export const idOf = ({ video, channel, tweet, playlist }: SearchResult) =>
  (video ?? channel ?? tweet ?? playlist)?._id ?? '';

/** Something that was found, with the words in it marked. */
export function Result({ result, isFirst }: { result: SearchResult; isFirst: boolean }) {
  const me = useMe();
  const { video, channel, tweet, playlist, highlights } = result;
  if (video) {
    const marked = {
      title: mark(video.title, highlights.title),
      owner: mark(video.owner.fullName, highlights.owner),
      description: markExcerpt(video.description, highlights.description),
    };
    return <VideoCard video={video} variant="result" isFirst={isFirst} marked={marked} />;
  }
  if (channel) {
    const name = mark(channel.fullName, highlights.title);
    return <PersonRow person={channel} isMe={channel._id === me?._id} name={name} />;
  }
  if (tweet) {
    const { username, avatar, fullName } = tweet.owner;
    return (
      <Row
        picture={<Avatar src={avatar} size={48} />}
        title={mark(fullName, highlights.owner)}
        path={paths.channel(username, 'posts')}
        time={tweet.createdAt}
        text={markExcerpt(tweet.content, highlights.description)}
      />
    );
  }
  return (
    playlist && (
      <Row
        picture={
          <span className="search-row__icon">
            <ListVideo size={24} aria-hidden />
          </span>
        }
        title={mark(playlist.name, highlights.title)}
        path={paths.playlist(playlist._id)}
        by={mark(playlist.owner.fullName, highlights.owner)}
        time={playlist.updatedAt}
        text={markExcerpt(playlist.description, highlights.description)}
      />
    )
  );
}

interface RowProps {
  picture: ReactNode;
  title: ReactNode;
  path: string;
  by?: ReactNode;
  time: string;
  text: ReactNode;
}

function Row({ picture, title, path, by, time, text }: RowProps) {
  return (
    <li className="search-row">
      {picture}
      <div className="search-row__lines">
        <h2 className="search-row__title">
          <Link to={path}>{title}</Link>
        </h2>
        <p className="muted">
          {by}
          {by && ' · '}
          <time dateTime={time} title={formatDateTime(time)}>
            {formatAgo(time)}
          </time>
        </p>
        <p className="search-row__text">{text}</p>
      </div>
    </li>
  );
}

const SKELETONS = 8;

/** Of the height of channels, posts and playlists. */
export function RowSkeletons() {
  return Array.from({ length: SKELETONS }, (_, at) => (
    <li key={at} className="search-row" aria-hidden>
      <span className="skeleton skeleton--avatar" />
      <div className="search-row__lines">
        <span className="skeleton skeleton--line skeleton--short" />
        <span className="skeleton skeleton--line" />
      </div>
    </li>
  ));
}
