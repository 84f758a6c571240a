import type { UseMutationResult } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { Link, Navigate, useLocation } from 'react-router';
import { useMe } from '../../api/account';
import './auth.css';

/** Where one was before; only places of this site. */
function returnPath(state: unknown): string {
  const from = typeof state === 'object' && state !== null && 'from' in state ? state.from : null;
  return typeof from === 'string' && /^\/(?!\/)/.test(from) ? from : '/';
}

interface Props {
  title: string;
  note?: ReactNode;
  action: string;
  mutation: Pick<UseMutationResult<unknown, Error, void>, 'mutate' | 'isPending'>;
  /** What is wrong as a whole; what is wrong with a field stands beside it. */
  error: Error | null;
  /** Where those go who should use the other form. */
  other: { text: string; to: string; label: string };
  children: ReactNode;
}

/** The card of a form that leads into the site. Who is in already goes back to where they were. */
export function AuthForm({ title, note, action, mutation, error, other, children }: Props) {
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
        {note}
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
