import { useMutation } from '@tanstack/react-query';
import { History, X } from 'lucide-react';
import { useState } from 'react';
import { answer, api, slice } from '../../api/client';
import { PAGE_SIZE, queryClient, usePages } from '../../api/queries';
import type { Watched } from '../../api/types';
import { Members } from '../../app/RequireAuth';
import { Confirm } from '../../components/Dialog';
import { useTitle } from '../../components/hooks';
import { Failure, ListEnd, Notice, Spinner } from '../../components/states';
import { say } from '../../components/toast';
import { t } from '../../texts';
import { day } from '../../texts/format';
import { VideoCard } from '../../video/VideoCard';
import './history.css';

export function Component() {
  useTitle(t('nav.history'));
  return (
    <div className="page page--narrow">
      <h1>{t('nav.history')}</h1>
      <Members>{() => <Watchings />}</Members>
    </div>
  );
}

/** Films by the day on which they were watched. */
function byDay(items: readonly Watched[]): [string, Watched[]][] {
  const days = new Map<string, Watched[]>();
  for (const item of items) {
    const name = dayName(item.watchedAt);
    days.set(name, [...(days.get(name) ?? []), item]);
  }
  return [...days];
}

function dayName(time: string): string {
  const name = day(time);
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (name === day(new Date())) return t('time.today');
  return name === day(yesterday) ? t('time.yesterday') : name;
}

function Watchings() {
  const history = usePages<Watched>(['history'], (cursor, signal) =>
    slice(api.GET('/api/v1/users/history', { params: { query: { cursor, limit: PAGE_SIZE } }, signal })),
  );
  if (history.isPending) return <Spinner />;
  if (history.isError && history.items.length === 0)
    return <Failure error={history.error} retry={() => void history.refetch()} />;
  if (history.items.length === 0) {
    return (
      <Notice icon={History} title={t('history.none')}>
        {t('history.noneText')}
      </Notice>
    );
  }
  return (
    <>
      <ClearAll />
      {byDay(history.items).map(([name, items]) => (
        <section key={name} className="history">
          <h2>{name}</h2>
          <div className="video-results">
            {items.map((video) => (
              <VideoCard key={video._id} video={video} look="result" level={3} action={<Forget video={video} />} />
            ))}
          </div>
        </section>
      ))}
      <ListEnd {...history} />
    </>
  );
}

const refreshed = {
  onSuccess: () => queryClient.invalidateQueries({ queryKey: ['history'] }),
  onError: (error: Error) => say(error.message, 'bad'),
};

function ClearAll() {
  const [isAsking, setAsking] = useState(false);
  const clear = useMutation({ mutationFn: () => answer(api.DELETE('/api/v1/users/history')), ...refreshed });
  return (
    <>
      <button type="button" className="button history__clear" data-look="quiet" onClick={() => setAsking(true)}>
        {t('history.clear')}
      </button>
      <Confirm
        open={isAsking}
        title={t('history.clear')}
        description={t('history.clearText')}
        action={t('history.clear')}
        isBusy={clear.isPending}
        onConfirm={() => clear.mutate(undefined, { onSettled: () => setAsking(false) })}
        onClose={() => setAsking(false)}
      />
    </>
  );
}

function Forget({ video }: { video: Watched }) {
  const forget = useMutation({
    mutationFn: () =>
      answer(api.DELETE('/api/v1/users/history/{videoId}', { params: { path: { videoId: video._id } } })),
    ...refreshed,
  });
  const label = t('history.forget', { title: video.title });
  return (
    <button
      type="button"
      className="icon-button video-card__action"
      aria-label={label}
      title={label}
      disabled={forget.isPending}
      onClick={() => forget.mutate()}
    >
      <X size={20} aria-hidden />
    </button>
  );
}
