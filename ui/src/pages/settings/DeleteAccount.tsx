import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { deleteAccount } from '../../api/account';
import { Dialog } from '../../components/Dialog';
import { TextField } from '../../components/Field';
import { toast } from '../../components/toast';
import { paths } from '../../paths';
import { t } from '../../texts';

export function DeleteAccount() {
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [password, setPassword] = useState('');
  const remove = useMutation({
    mutationFn: () => deleteAccount(password),
    onSuccess: () => {
      toast(t('settings.deleted'));
      void navigate(paths.home());
    },
    meta: { showsError: true },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate();
  };
  return (
    <>
      <p className="muted">{t('settings.deleteText')}</p>
      <div>
        <button type="button" className="button" data-variant="danger-quiet" onClick={() => setOpen(true)}>
          {t('settings.delete')}
        </button>
      </div>
      <Dialog
        open={isOpen}
        onClose={() => setOpen(false)}
        title={t('settings.delete')}
        description={t('settings.deleteSure')}
      >
        <form className="stack" onSubmit={submit}>
          <TextField
            label={t('account.password')}
            type="password"
            autoComplete="current-password"
            value={password}
            error={remove.error?.message}
            required
            onChange={(event) => setPassword(event.target.value)}
          />
          <div className="dialog__actions">
            <button type="button" className="button" data-variant="quiet" onClick={() => setOpen(false)}>
              {t('action.cancel')}
            </button>
            <button type="submit" className="button" data-variant="danger" disabled={!password || remove.isPending}>
              {t('settings.delete')}
            </button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
