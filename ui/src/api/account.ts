import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { unwrap, api, multipart } from './client';
import { queryClient } from './queries';
import { forgetSession, storeSession, onSession, readSession } from './session';
import type { CurrentUser } from './types';

const ME = ['me'] as const;

// What one viewer was shown is not for the next one.
onSession((note) => {
  if (!note) queryClient.setQueryData(ME, null);
  // After what is for members only has left the page, so that it is not asked for in vain.
  setTimeout(() => void queryClient.invalidateQueries());
});

function useHasSession(): boolean {
  return useSyncExternalStore(onSession, () => readSession() !== null);
}

/** The viewer's account; `null` for who is not logged in, `undefined` until that is known. */
export function useMe(): CurrentUser | null | undefined {
  const hasSession = useHasSession();
  const { data, isError } = useQuery({
    queryKey: ME,
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/users/current-user', { signal })),
    enabled: hasSession,
    staleTime: 5 * 60_000,
  });
  if (!hasSession) return null;
  // A server that is away for a moment logs nobody out.
  return data ?? (isError ? null : undefined);
}

export function setMe(account: CurrentUser): void {
  queryClient.setQueryData(ME, account);
}

export async function logIn(username: string, password: string): Promise<void> {
  const { user, accessToken } = await unwrap(api.POST('/api/v1/users/login', { body: { username, password } }));
  setMe(user);
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
