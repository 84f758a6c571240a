import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { TextField } from '../../components/Field';
import { toast } from '../../components/toast';
import { t } from '../../texts';

const EMPTY = { oldPassword: '', newPassword: '', again: '' };

export function Password() {
  const [values, setValues] = useState(EMPTY);
  const { oldPassword, newPassword, again } = values;
  const differ = again !== '' && again !== newPassword;
  const change = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/users/change-password', { body: { oldPassword, newPassword } })),
    onSuccess: () => {
      setValues(EMPTY);
      void invalidate.sessions();
      toast(t('settings.passwordChanged'));
    },
    meta: { showsError: true },
  });
  const field = (name: keyof typeof EMPTY) => ({
    type: 'password',
    required: true,
    value: values[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p className="muted">{t('settings.passwordText')}</p>
      <TextField
        label={t('settings.oldPassword')}
        autoComplete="current-password"
        error={change.error?.message}
        {...field('oldPassword')}
      />
      <TextField label={t('settings.newPassword')} autoComplete="new-password" {...field('newPassword')} />
      <TextField
        label={t('settings.repeatPassword')}
        autoComplete="new-password"
        error={differ ? t('settings.passwordsDiffer') : undefined}
        {...field('again')}
      />
      <div className="dialog__actions">
        <button
          type="submit"
          className="button"
          disabled={!oldPassword || !newPassword || again !== newPassword || change.isPending}
        >
          {t('settings.changePassword')}
        </button>
      </div>
    </form>
  );
}
