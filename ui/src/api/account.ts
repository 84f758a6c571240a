import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { api, multipart, unwrap } from './client';
import { invalidate } from './invalidate';
import { keys } from './keys';
import { meQuery } from './queries';
import { queryClient } from './query-client';
import { forgetSession, onSession, readSession, storeSession } from './session';
import type { CurrentUser } from './types';

// Responses depend on the viewer.
onSession((session) => {
  if (!session) queryClient.setQueryData(keys.me, null);
  // After components that need an account have unmounted, so that they do not fetch once more.
  setTimeout(() => void invalidate.everything());
});

function useHasSession(): boolean {
  return useSyncExternalStore(onSession, () => readSession() !== null);
}

/** Returns the viewer's account, `null` if nobody is logged in, `undefined` until that is known. */
export function useMe(): CurrentUser | null | undefined {
  const hasSession = useHasSession();
  const { data, isError } = useQuery({ ...meQuery(), enabled: hasSession });
  if (!hasSession) return null;
  // A failed refetch does not log anybody out.
  return data ?? (isError ? null : undefined);
}

/** Stores the changed account. Names and profile pictures are part of many responses, so all of them are stale. */
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
