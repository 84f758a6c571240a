import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { logIn } from '../../api/account';
import { TextField } from '../../components/Field';
import { useTitle } from '../../components/hooks';
import { paths } from '../../paths';
import { t } from '../../texts';
import { AuthForm } from './AuthForm';

export function Component() {
  useTitle(t('account.logIn'));
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({ mutationFn: () => logIn(username, password), meta: { showsError: true } });
  return (
    <AuthForm
      title={t('login.title')}
      action={t('account.logIn')}
      mutation={enter}
      error={enter.error}
      other={{ text: t('login.new'), to: paths.register(), label: t('account.register') }}
    >
      <TextField
        label={t('login.name')}
        value={username}
        autoComplete="username"
        required
        onChange={(event) => setUsername(event.target.value)}
      />
      <TextField
        label={t('account.password')}
        type="password"
        value={password}
        autoComplete="current-password"
        required
        onChange={(event) => setPassword(event.target.value)}
      />
    </AuthForm>
  );
}
