import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link, Navigate, useLocation } from 'react-router';
import { register, useMe } from '../../api/account';
import { ApiError } from '../../api/client';
import { useSite } from '../../api/queries';
import { TextField } from '../../kit/Field';
import { useTitle } from '../../kit/hooks';
import { PicturePicker } from '../../kit/PicturePicker';
import { t } from '../../texts';
import { initialsPicture } from './initials';
import { cameFrom } from './LoginPage';
import './entry.css';

const EMPTY = { fullName: '', username: '', email: '', password: '' };

export function Component() {
  useTitle(t('account.register'));
  const me = useMe();
  const site = useSite();
  const { state } = useLocation();
  const [values, setValues] = useState(EMPTY);
  const [avatar, setAvatar] = useState<Blob | null>(null);
  const enter = useMutation({
    // Everybody has a picture; who does not choose one gets their initials.
    mutationFn: async () => register({ ...values, avatar: avatar ?? (await initialsPicture(values.fullName)) }),
  });
  const fields = enter.error instanceof ApiError ? enter.error.fields : {};
  const field = (name: keyof typeof EMPTY) => ({
    value: values[name],
    error: fields[name],
    required: true,
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  if (me) return <Navigate to={cameFrom(state)} replace />;
  return (
    <div className="entry">
      <form className="entry__card stack" onSubmit={submit}>
        <img src="/favicon.svg" alt="" width={56} height={56} />
        <h1>{t('register.title')}</h1>
        {site.data?.hasAccounts === false && <p className="entry__first">{t('register.first')}</p>}
        {enter.error && Object.keys(fields).length === 0 && (
          <p className="alert" role="alert">
            {enter.error.message}
          </p>
        )}
        <PicturePicker label={t('register.avatar')} shape="round" picture={avatar} onChange={setAvatar} />
        <TextField label={t('account.fullName')} autoComplete="name" maxLength={100} {...field('fullName')} />
        <TextField label={t('account.username')} hint={t('register.usernameHint')} autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={50} pattern="[A-Za-z0-9._\-]+" {...field('username')} />
        <TextField label={t('account.email')} type="email" autoComplete="email" {...field('email')} />
        <TextField label={t('account.password')} type="password" autoComplete="new-password" {...field('password')} />
        <button type="submit" className="button" disabled={enter.isPending}>
          {t('account.register')}
        </button>
        <p className="muted">
          {t('register.have')}{' '}
          <Link to="/login" state={state}>
            {t('account.logIn')}
          </Link>
        </p>
      </form>
    </div>
  );
}
