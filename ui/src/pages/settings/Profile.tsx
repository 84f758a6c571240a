import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { updateMe } from '../../api/account';
import { api, ApiError, unwrap } from '../../api/client';
import { MAX_LENGTH } from '../../api/limits';
import type { CurrentUser } from '../../api/types';
import { TextField } from '../../components/Field';
import { toast } from '../../components/toast';
import { t } from '../../texts';

export function Profile({ me }: { me: CurrentUser }) {
  const [fullName, setFullName] = useState(me.fullName);
  const [email, setEmail] = useState(me.email);
  const save = useMutation({
    mutationFn: () => unwrap(api.PATCH('/api/v1/users/update-account', { body: { fullName, email } })),
    onSuccess: (account) => {
      updateMe(account);
      toast(t('state.saved'));
    },
    meta: { showsError: true },
  });
  const fields = save.error instanceof ApiError ? save.error.fields : {};
  const isChanged = fullName !== me.fullName || email !== me.email;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextField
        label={t('account.fullName')}
        value={fullName}
        maxLength={MAX_LENGTH['PATCH /users/update-account'].fullName}
        required
        autoComplete="name"
        error={fields.fullName}
        onChange={(event) => setFullName(event.target.value)}
      />
      <TextField
        label={t('account.email')}
        type="email"
        value={email}
        required
        autoComplete="email"
        error={fields.email}
        onChange={(event) => setEmail(event.target.value)}
      />
      {save.error && Object.keys(fields).length === 0 && (
        <p className="alert" role="alert">
          {save.error.message}
        </p>
      )}
      <div className="dialog__actions">
        <button type="submit" className="button" disabled={!isChanged || save.isPending}>
          {t('action.save')}
        </button>
      </div>
    </form>
  );
}
