import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { api, multipart, unwrap } from './client';
import { invalidate } from './invalidate';
import { keys } from './keys';
import { meQuery } from './queries';
import { queryClient } from './query-client';
import { forgetSession, onSession, readSession, storeSession } from './session';
import type { CurrentUser } from './types';

// What one viewer was shown is not for the next one.
onSession((session) => {
  if (!session) queryClient.setQueryData(keys.me, null);
  // Once what needs an account has left the page, so that it is not fetched in vain.
  setTimeout(() => void invalidate.everything());
});

function useHasSession(): boolean {
  return useSyncExternalStore(onSession, () => readSession() !== null);
}

/** The viewer's account; `null` for who is not logged in, `undefined` until that is known. */
export function useMe(): CurrentUser | null | undefined {
  const hasSession = useHasSession();
  const { data, isError } = useQuery({ ...meQuery(), enabled: hasSession });
  if (!hasSession) return null;
  // A server that is away for a moment logs nobody out.
  return data ?? (isError ? null : undefined);
}

/** Shows the changed account. Names and pictures stand beside all that somebody wrote, so everything is stale. */
export function updateMe(account: CurrentUser): void {
  queryClient.setQueryData(keys.me, account);
  void invalidate.everything();
}

export async function logIn(username: string, password: string): Promise<void> {
  const { user, accessToken } = await unwrap(api.POST('/api/v1/users/login', { body: { username, password } }));
  queryClient.setQueryData(keys.me, user);
  storeSession(accessToken);
}

export interface Registration {
  fullName: string;
  username: string;
  email: string;
  password: string;
  avatar: Blob;
  coverImage?: Blob;
}

export async function register(parts: Registration): Promise<void> {
  await unwrap(api.POST('/api/v1/users/register', multipart({ ...parts })));
  await logIn(parts.username, parts.password);
}

export async function logOut(): Promise<void> {
  try {
    await unwrap(api.POST('/api/v1/users/logout'));
  } finally {
    forgetSession();
  }
}

export async function deleteAccount(password: string): Promise<void> {
  await unwrap(api.DELETE('/api/v1/users/me', { body: { password } }));
  forgetSession();
}
