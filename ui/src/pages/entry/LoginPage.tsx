import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link, Navigate, useLocation } from 'react-router';
import { logIn, useMe } from '../../api/account';
import { TextField } from '../../kit/Field';
import { useTitle } from '../../kit/hooks';
import { t } from '../../texts';
import './entry.css';

/** Where one was before; only places of this site. */
export function cameFrom(state: unknown): string {
  const from = typeof state === 'object' && state !== null && 'from' in state ? state.from : null;
  return typeof from === 'string' && /^\/(?!\/)/.test(from) ? from : '/';
}

export function Component() {
  useTitle(t('account.logIn'));
  const me = useMe();
  const { state } = useLocation();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({ mutationFn: () => logIn(username, password) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  if (me) return <Navigate to={cameFrom(state)} replace />;
  return (
    <div className="entry">
      <form className="entry__card stack" onSubmit={submit}>
        <img src="/favicon.svg" alt="" width={56} height={56} />
        <h1>{t('login.title')}</h1>
        {enter.error && (
          <p className="alert" role="alert">
            {enter.error.message}
          </p>
        )}
        <TextField label={t('login.name')} value={username} autoComplete="username" required onChange={(event) => setUsername(event.target.value)} />
        <TextField label={t('account.password')} type="password" value={password} autoComplete="current-password" required onChange={(event) => setPassword(event.target.value)} />
        <button type="submit" className="button" disabled={enter.isPending}>
          {t('account.logIn')}
        </button>
        <p className="muted">
          {t('login.new')}{' '}
          <Link to="/register" state={state}>
            {t('account.register')}
          </Link>
        </p>
      </form>
    </div>
  );
}
