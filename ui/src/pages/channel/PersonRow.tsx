import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { UserSummary } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { SubscribeButton } from '../../components/SubscribeButton';
import { paths } from '../../paths';
import { countSubscribers } from '../../texts/format';

interface Props {
  person: UserSummary & { subscribersCount: number; isSubscribed: boolean };
  isMe: boolean;
  /** Their name with words marked. */
  name?: ReactNode;
}

export function PersonRow({ person, isMe, name = person.fullName }: Props) {
  return (
    <li className="person">
      <Avatar src={person.avatar} size={48} />
      <div className="person__names">
        <Link to={paths.channel(person.username)}>{name}</Link>
        <span className="muted">
          @{person.username} · {countSubscribers(person.subscribersCount)}
        </span>
      </div>
      {!isMe && <SubscribeButton channel={person} variant="outline" />}
    </li>
  );
}
