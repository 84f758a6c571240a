import { useMutation, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { keys } from '../../api/keys';
import { feedSettingsQuery } from '../../api/queries';
import { queryClient } from '../../api/query-client';
import { Failure } from '../../components/states';
import { t } from '../../texts';

export function Recommendations() {
  const settings = useQuery(feedSettingsQuery());
  const change = useMutation({
    mutationFn: (useHistory: boolean) => unwrap(api.PATCH('/api/v1/feed/settings', { body: { useHistory } })),
    onSuccess: (changed) => {
      queryClient.setQueryData(keys.feedSettings, changed);
      return invalidate.recommendations();
    },
  });
  if (settings.isError && !settings.data) {
    return <Failure error={settings.error} retry={() => void settings.refetch()} />;
  }
  // Shows the new state while the request is pending.
  const isOn = change.isPending ? change.variables : (settings.data?.useHistory ?? false);
  return (
    <div>
      <label className="check">
        <input
          type="checkbox"
          role="switch"
          checked={isOn}
          disabled={settings.isPending || change.isPending}
          onChange={() => change.mutate(!isOn)}
        />
        {t('settings.useHistory')}
      </label>
      <p className="muted">{t('settings.useHistoryText')}</p>
    </div>
  );
}
