import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { useMe } from '../api/account';
import type { Account } from '../api/types';
import { Spinner } from '../kit/states';

/** A page for who is logged in; others are sent to log in, and back. */
export function Members({ children }: { children: (me: Account) => ReactNode }) {
  const me = useMe();
  const { pathname, search } = useLocation();
  if (me === undefined) return <Spinner />;
  if (me === null) return <Navigate to="/login" replace state={{ from: pathname + search }} />;
  return children(me);
}
