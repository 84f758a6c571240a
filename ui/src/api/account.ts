import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { answer, api, form } from './client';
import { queryClient } from './queries';
import { forgetSession, noteTokens, onSession, readNote } from './session';
import type { Account } from './types';

const ME = ['me'] as const;

// What one viewer was shown is not for the next one.
onSession((note) => {
  if (!note) queryClient.setQueryData(ME, null);
  // After what is for members only has left the page, so that it is not asked for in vain.
  setTimeout(() => void queryClient.invalidateQueries());
});

function useHasSession(): boolean {
  return useSyncExternalStore(onSession, () => readNote() !== null);
}

/** The viewer's account; `null` for who is not logged in, `undefined` until that is known. */
export function useMe(): Account | null | undefined {
  const hasSession = useHasSession();
  const { data, isError } = useQuery({
    queryKey: ME,
    queryFn: ({ signal }) => answer(api.GET('/api/v1/users/current-user', { signal })),
    enabled: hasSession,
    staleTime: 5 * 60_000,
  });
  if (!hasSession) return null;
  // A server that is away for a moment logs nobody out.
  return data ?? (isError ? null : undefined);
}

export function rememberMe(account: Account): void {
  queryClient.setQueryData(ME, account);
}

export async function logIn(username: string, password: string): Promise<void> {
  const { user, accessToken } = await answer(api.POST('/api/v1/users/login', { body: { username, password } }));
  rememberMe(user);
  noteTokens(accessToken);
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
  await answer(api.POST('/api/v1/users/register', form({ ...parts })));
  await logIn(parts.username, parts.password);
}

export async function logOut(): Promise<void> {
  try {
    await answer(api.POST('/api/v1/users/logout'));
  } finally {
    forgetSession();
  }
}

export async function leave(password: string): Promise<void> {
  await answer(api.DELETE('/api/v1/users/me', { body: { password } }));
  forgetSession();
}
