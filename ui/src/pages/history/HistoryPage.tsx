import { useMutation } from '@tanstack/react-query';
import { History, X } from 'lucide-react';
import { useState } from 'react';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { usePages } from '../../api/pages';
import { historyQuery } from '../../api/queries';
import type { WatchedVideo } from '../../api/types';
import { RequireAuth } from '../../app/RequireAuth';
import { Confirm } from '../../components/Dialog';
import { useTitle } from '../../components/hooks';
import { Failure, LoadMore, Notice, Spinner } from '../../components/states';
import { t } from '../../texts';
import { formatDate } from '../../texts/format';
import { VideoCard } from '../../video/VideoCard';
import './history.css';

export function Component() {
  useTitle(t('nav.history'));
  return (
    <div className="page page--narrow">
      <h1>{t('nav.history')}</h1>
      <RequireAuth>{() => <WatchHistory />}</RequireAuth>
    </div>
  );
}

/** Groups videos by the day on which they were watched. */
function byDay(items: readonly WatchedVideo[]): [string, WatchedVideo[]][] {
  const days = new Map<string, WatchedVideo[]>();
  for (const item of items) {
    const name = dayName(item.watchedAt);
    days.set(name, [...(days.get(name) ?? []), item]);
  }
  return [...days];
}

function dayName(time: string): string {
  const name = formatDate(time);
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (name === formatDate(new Date())) return t('time.today');
  return name === formatDate(yesterday) ? t('time.yesterday') : name;
}

function WatchHistory() {
  const history = usePages(historyQuery());
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
              <VideoCard key={video._id} video={video} variant="result" level={3} action={<Forget video={video} />} />
            ))}
          </div>
        </section>
      ))}
      <LoadMore {...history} />
    </>
  );
}

function ClearAll() {
  const [isAsking, setAsking] = useState(false);
  const clear = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/users/history')),
    onSuccess: invalidate.history,
  });
  return (
    <>
      <button type="button" className="button history__clear" data-variant="quiet" onClick={() => setAsking(true)}>
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

function Forget({ video }: { video: WatchedVideo }) {
  const forget = useMutation({
    mutationFn: () =>
      unwrap(api.DELETE('/api/v1/users/history/{videoId}', { params: { path: { videoId: video._id } } })),
    onSuccess: invalidate.history,
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
