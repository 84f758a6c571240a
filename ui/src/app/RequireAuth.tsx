import type { ReactNode } from 'react';
import { Navigate } from 'react-router';
import { useMe } from '../api/account';
import type { CurrentUser } from '../api/types';
import { useReturnState } from '../components/hooks';
import { Spinner } from '../components/states';
import { paths } from '../paths';

interface Props {
  children: (me: CurrentUser) => ReactNode;
  /** Shown to visitors without a session, instead of sending them to log in. */
  fallback?: ReactNode;
}

/** Renders its children for a logged-in viewer; sends others to log in and back. */
export function RequireAuth({ children, fallback }: Props) {
  const me = useMe();
  const returnState = useReturnState();
  if (me === undefined) return <Spinner />;
  if (me === null && fallback) return fallback;
  if (me === null) return <Navigate to={paths.login()} replace state={returnState} />;
  return children(me);
}
