import { useMutation, useQuery } from '@tanstack/react-query';
import { Laptop, Smartphone } from 'lucide-react';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { sessionsQuery } from '../../api/queries';
import type { Session } from '../../api/types';
import { Failure, Spinner } from '../../components/states';
import { t } from '../../texts';
import { formatAgo, formatDateTime } from '../../texts/format';
import { deviceName, isPhone } from './device';

export function Sessions() {
  const { data, isPending, error, refetch } = useQuery(sessionsQuery());
  if (isPending) return <Spinner />;
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <>
      <p className="muted">{t('settings.sessionsText')}</p>
      <ul className="sessions">
        {data.map((session) => (
          <Row key={session._id} session={session} />
        ))}
      </ul>
    </>
  );
}

function Row({ session }: { session: Session }) {
  const Icon = isPhone(session.userAgent) ? Smartphone : Laptop;
  const name = deviceName(session.userAgent);
  const end = useMutation({
    mutationFn: () =>
      unwrap(api.DELETE('/api/v1/users/sessions/{sessionId}', { params: { path: { sessionId: session._id } } })),
    onSuccess: invalidate.sessions,
  });
  return (
    <li className="session">
      <Icon size={22} aria-hidden />
      <div>
        <strong title={session.userAgent}>{name ?? t('settings.unknownDevice')}</strong>
        <p className="muted">
          {session.address} ·{' '}
          <time dateTime={session.lastUsedAt} title={formatDateTime(session.lastUsedAt)}>
            {t('settings.lastUsed', { ago: formatAgo(session.lastUsedAt) })}
          </time>
        </p>
      </div>
      {session.isCurrent ? (
        <span className="badge">{t('settings.thisSession')}</span>
      ) : (
        <button
          type="button"
          className="button"
          data-variant="quiet"
          disabled={end.isPending}
          onClick={() => end.mutate()}
        >
          {t('settings.endSession')}
        </button>
      )}
    </li>
  );
}
