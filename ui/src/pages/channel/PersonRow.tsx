import { Link } from 'react-router';
import { useSubscription } from '../../api/toggles';
import type { UserSummary } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { paths } from '../../paths';
import { t } from '../../texts';
import { countSubscribers } from '../../texts/format';

interface Props {
  person: UserSummary & { subscribersCount: number; isSubscribed: boolean };
  isMe: boolean;
}

export function PersonRow({ person, isMe }: Props) {
  const toggle = useSubscription(person._id);
  const { isSubscribed } = person;
  return (
    <li className="person">
      <Avatar src={person.avatar} size={48} />
      <div className="person__names">
        <Link to={paths.channel(person.username)}>{person.fullName}</Link>
        <span className="muted">
          @{person.username} · {countSubscribers(person.subscribersCount)}
        </span>
      </div>
      {!isMe && (
        <button
          type="button"
          className="button"
          data-variant={isSubscribed ? 'quiet' : 'outline'}
          aria-label={t(isSubscribed ? 'subscribe.undo' : 'subscribe.do', { name: person.fullName })}
          onClick={() => toggle.mutate()}
        >
          {t(isSubscribed ? 'subscribe.done' : 'subscribe.action')}
        </button>
      )}
    </li>
  );
}
