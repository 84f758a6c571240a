import type { UseMutationResult } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { Link, Navigate, useLocation } from 'react-router';
import { useMe } from '../../api/account';
import './auth.css';

/** Returns the path to go back to. Paths of this site only. */
function returnPath(state: unknown): string {
  const from = typeof state === 'object' && state !== null && 'from' in state ? state.from : null;
  return typeof from === 'string' && /^\/(?!\/)/.test(from) ? from : '/';
}

interface Props {
  title: string;
  notice?: ReactNode;
  action: string;
  mutation: Pick<UseMutationResult<unknown, Error, void>, 'mutate' | 'isPending'>;
  /** An error of the form as a whole. Fields show their own. */
  error: Error | null;
  /** A link to the other form. */
  other: { text: string; to: string; label: string };
  children: ReactNode;
}

/** The form of the log-in and register pages. Redirects viewers who are logged in. */
export function AuthForm({ title, notice, action, mutation, error, other, children }: Props) {
  const me = useMe();
  const { state } = useLocation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  if (me) return <Navigate to={returnPath(state)} replace />;
  return (
    <div className="auth">
      <form className="auth__card stack" onSubmit={submit}>
        <img src="/favicon.svg" alt="" width={56} height={56} />
        <h1>{title}</h1>
        {notice}
        {error && (
          <p className="alert" role="alert">
            {error.message}
          </p>
        )}
        {children}
        <button type="submit" className="button" disabled={mutation.isPending}>
          {action}
        </button>
        <p className="muted">
          {other.text}{' '}
          <Link to={other.to} state={state}>
            {other.label}
          </Link>
        </p>
      </form>
    </div>
  );
}
