import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { unwrap, api } from '../../api/client';
import { queryClient } from '../../api/queries';
import { ensureFreshSession } from '../../api/session';
import type { Processing } from '../../api/types';

/** How often to ask where the server sends no events. */
const POLL_EVERY_MS = 2_000;

export const isProcessing = (processing: Processing | undefined) =>
  processing !== undefined &&
  processing.steps.some(({ state }) => state === 'queued' || state === 'running' || state === 'waiting') &&
  processing.status !== 'failed';

/** How far the work on one's film is, as it goes on. */
export function useProcessing(videoId: string) {
  const key = ['processing', videoId];
  const [isLive, setLive] = useState(false);
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/videos/{videoId}/processing', { params: { path: { videoId } }, signal })),
    refetchInterval: ({ state }) => (!isLive && isProcessing(state.data) ? POLL_EVERY_MS : false),
  });
  const hasWork = isProcessing(query.data);

  useEffect(() => {
    if (!hasWork) return;
    let source: EventSource | null = null;
    let isGone = false;
    void ensureFreshSession().then(() => {
      if (isGone) return;
      source = new EventSource(`/api/v1/videos/${videoId}/processing/events`);
      source.onopen = () => setLive(true);
      source.onerror = () => setLive(false);
      const onEvent = (event: MessageEvent<string>) =>
        queryClient.setQueryData(['processing', videoId], JSON.parse(event.data));
      source.onmessage = onEvent;
      source.addEventListener('processing', onEvent);
    });
    return () => {
      isGone = true;
      setLive(false);
      source?.close();
      // What was made of the film shows in its address book now.
      for (const name of ['own-videos', 'video']) void queryClient.invalidateQueries({ queryKey: [name] });
    };
  }, [videoId, hasWork]);
  return query;
}
