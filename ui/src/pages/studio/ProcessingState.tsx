import { useMutation } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { keys } from '../../api/keys';
import { queryClient } from '../../api/query-client';
import type { Processing } from '../../api/types';
import { t, type TextKey } from '../../texts';
import { formatDurationInWords, formatPercent } from '../../texts/format';
import { isProcessing, useProcessing } from './processing';

const STEPS: Readonly<Record<string, TextKey>> = {
  watchable: 'processing.watchable',
  ladder: 'processing.ladder',
  previews: 'processing.previews',
};
const STATES: Readonly<Record<string, TextKey>> = {
  waiting: 'processing.waiting',
  queued: 'processing.queued',
  done: 'processing.done',
  failed: 'processing.failed',
  cancelled: 'processing.cancelled',
};

export function ProcessingState({ videoId }: { videoId: string }) {
  const { data } = useProcessing(videoId);
  const change = useMutation({
    mutationFn: (what: 'retry' | 'cancel') => {
      const params = { params: { path: { videoId } } };
      return unwrap(
        what === 'retry'
          ? api.POST('/api/v1/videos/{videoId}/processing/retry', params)
          : api.POST('/api/v1/videos/{videoId}/processing/cancel', params),
      );
    },
    onSuccess: (processing) => queryClient.setQueryData(keys.video.processing(videoId), processing),
  });
  if (!data) return <span className="skeleton skeleton--line" aria-hidden />;
  const hasFailed = data.steps.some(({ state }) => state === 'failed' || state === 'cancelled');
  return (
    <div className="processing">
      {data.failure && (
        <p className="alert" role="alert">
          {data.failure}
        </p>
      )}
      <ul>
        {data.steps.map((step) => (
          <Step key={step.name} step={step} />
        ))}
      </ul>
      {typeof data.estimatedSeconds === 'number' && (
        <p className="muted">{t('processing.left', { time: formatDurationInWords(data.estimatedSeconds) })}</p>
      )}
      {isProcessing(data) && (
        <button
          type="button"
          className="link-button"
          disabled={change.isPending}
          onClick={() => change.mutate('cancel')}
        >
          {t('processing.cancel')}
        </button>
      )}
      {hasFailed && (
        <button
          type="button"
          className="link-button"
          disabled={change.isPending}
          onClick={() => change.mutate('retry')}
        >
          {t('processing.retry')}
        </button>
      )}
    </div>
  );
}

function Step({ step }: { step: Processing['steps'][number] }) {
  const name = STEPS[step.name];
  const state = STATES[step.state];
  const label = name ? t(name) : step.name;
  return (
    <li className="processing__step" data-state={step.state}>
      <span>{label}</span>
      {step.state === 'running' && <progress max={100} value={step.percent} aria-label={label} />}
      <span className="muted">{state ? t(state) : formatPercent(step.percent / 100)}</span>
      {step.reason && <span className="muted">{step.reason}</span>}
    </li>
  );
}
