import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { invalidate } from '../../api/invalidate';
import { keys } from '../../api/keys';
import { processingQuery } from '../../api/queries';
import { queryClient } from '../../api/query-client';
import { ensureFreshSession } from '../../api/session';
import type { Processing } from '../../api/types';

/** How often to poll while there are no events. */
const POLL_EVERY_MS = 2_000;
const ACTIVE_STATES: readonly string[] = ['waiting', 'queued', 'running'];

export function isProcessing(processing: Processing | undefined): boolean {
  return (
    processing !== undefined &&
    processing.status !== 'failed' &&
    processing.steps.some(({ state }) => ACTIVE_STATES.includes(state))
  );
}

/** Follows the processing of the viewer's own video. */
export function useProcessing(videoId: string) {
  const [isLive, setLive] = useState(false);
  const query = useQuery({
    ...processingQuery(videoId),
    refetchInterval: ({ state }) => (!isLive && isProcessing(state.data) ? POLL_EVERY_MS : false),
  });
  const hasWork = isProcessing(query.data);

  useEffect(() => {
    if (!hasWork) return;
    const stop = followEvents(videoId, setLive);
    return () => {
      stop();
      setLive(false);
      // Its stream, thumbnails and status have changed.
      void invalidate.videoChanged(videoId);
    };
  }, [videoId, hasWork]);
  return query;
}

/** Writes server-sent events into the cache. Returns a function that ends the stream. */
function followEvents(videoId: string, onLive: (isLive: boolean) => void): () => void {
  let source: EventSource | null = null;
  let isStopped = false;
  const onEvent = (event: MessageEvent<string>) =>
    queryClient.setQueryData(keys.video.processing(videoId), JSON.parse(event.data));
  void ensureFreshSession().then(() => {
    if (isStopped) return;
    source = new EventSource(`/api/v1/videos/${videoId}/processing/events`);
    source.onopen = () => onLive(true);
    source.onerror = () => onLive(false);
    source.onmessage = onEvent;
    source.addEventListener('processing', onEvent);
  });
  return () => {
    isStopped = true;
    source?.close();
  };
}
