import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { register } from '../../api/account';
import { ApiError } from '../../api/client';
import { MAX_LENGTH } from '../../api/limits';
import { siteQuery } from '../../api/queries';
import { TextField } from '../../components/Field';
import { useTitle } from '../../components/hooks';
import { ImagePicker } from '../../components/ImagePicker';
import { paths } from '../../paths';
import { t } from '../../texts';
import { AuthForm } from './AuthForm';
import { initialsAvatar } from './initials';

const LIMITS = MAX_LENGTH['POST /users/register'];
const EMPTY = { fullName: '', username: '', email: '', password: '' };

export function Component() {
  useTitle(t('account.register'));
  const site = useQuery(siteQuery());
  const [values, setValues] = useState(EMPTY);
  const [avatar, setAvatar] = useState<Blob | null>(null);
  const enter = useMutation({
    // The API requires a profile picture.
    mutationFn: async () => register({ ...values, avatar: avatar ?? (await initialsAvatar(values.fullName)) }),
    meta: { showsError: true },
  });
  const fields = enter.error instanceof ApiError ? enter.error.fields : {};
  const field = (name: keyof typeof EMPTY) => ({
    value: values[name],
    error: fields[name],
    required: true,
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  return (
    <AuthForm
      title={t('register.title')}
      notice={site.data?.hasAccounts === false && <p className="auth__first">{t('register.first')}</p>}
      action={t('account.register')}
      mutation={enter}
      error={Object.keys(fields).length === 0 ? enter.error : null}
      other={{ text: t('register.have'), to: paths.login(), label: t('account.logIn') }}
    >
      <ImagePicker label={t('register.avatar')} shape="round" image={avatar} onChange={setAvatar} />
      <TextField label={t('account.fullName')} autoComplete="name" maxLength={LIMITS.fullName} {...field('fullName')} />
      <TextField
        label={t('account.username')}
        hint={t('register.usernameHint')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={LIMITS.username}
        pattern="[A-Za-z0-9._\-]+"
        {...field('username')}
      />
      <TextField label={t('account.email')} type="email" autoComplete="email" {...field('email')} />
      <TextField label={t('account.password')} type="password" autoComplete="new-password" {...field('password')} />
    </AuthForm>
  );
}
