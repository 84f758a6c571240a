import { useSubscription } from '../api/toggles';
import { t } from '../texts';
import { useLogInFirst } from './log-in-first';

interface Props {
  channel: { _id: string; fullName: string; isSubscribed: boolean };
  /** Of the button while the viewer is not subscribed. */
  variant?: 'outline';
}

export function SubscribeButton({ channel, variant }: Props) {
  const logInFirst = useLogInFirst();
  const toggle = useSubscription(channel._id);
  const { fullName, isSubscribed } = channel;
  return (
    <button
      type="button"
      className="button"
      data-variant={isSubscribed ? 'quiet' : variant}
      aria-label={t(isSubscribed ? 'subscribe.undo' : 'subscribe.do', { name: fullName })}
      onClick={() => logInFirst(() => toggle.mutate())}
    >
      {t(isSubscribed ? 'subscribe.done' : 'subscribe.action')}
    </button>
  );
}
