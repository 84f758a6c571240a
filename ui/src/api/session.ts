// The session as the page knows it. The tokens are in cookies that scripts cannot read. Kept here is when the access
// token expires, so that it is renewed before a request would go out without a session.

import { announceRenewal, inOneTab, wasRenewedSince } from './tab-locks';

const KEY = 'chaitube.session';
const REFRESH_PATH = '/api/v1/users/refresh-token';
/** Renew an access token this long before it expires, or a tenth of its lifetime if that is less. */
const MARGIN_MS = 30_000;

export interface StoredSession {
  /** When the access token was received, by this machine's clock. */
  issuedAt: number;
  /** When to renew it. */
  renewAt: number;
}

type Listener = (session: StoredSession | null) => void;

const listeners = new Set<Listener>();
let refreshing: Promise<boolean> | null = null;

export function readSession(): StoredSession | null {
  try {
    const session: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return isStoredSession(session) ? session : null;
  } catch {
    return null;
  }
}

function isStoredSession(value: unknown): value is StoredSession {
  return typeof value === 'object' && value !== null && 'issuedAt' in value && 'renewAt' in value;
}

/** Stores a new or renewed session. Only the lifetime of the token is read. */
export function storeSession(accessToken: string, now = Date.now()): void {
  const life = lifetimeMs(accessToken);
  write({ issuedAt: now, renewAt: now + life - Math.min(MARGIN_MS, life / 10) });
}

export function forgetSession(): void {
  write(null);
}

/** Calls the listener when a session begins or ends, in this tab or another one. */
export function onSession(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

window.addEventListener('storage', (event) => {
  // Renewals by other tabs change nothing.
  if (event.key === KEY && (event.newValue === null) !== (event.oldValue === null)) notify(readSession());
});

/** Fetches, and renews an expired session first. Concurrent requests share one renewal. */
export async function sessionFetch(request: Request): Promise<Response> {
  const session = readSession();
  if (session && session.renewAt <= Date.now()) await renew(session.issuedAt);
  const startedAt = Date.now();
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || !readSession() || isAboutCredentials(request.url)) return response;
  if (!(await renew(startedAt))) return response;
  // An unread body would keep its connection busy.
  void response.body?.cancel();
  return fetch(again);
}

/** Renews an access token that is about to expire, for requests that bypass `sessionFetch`. */
export async function ensureFreshSession(): Promise<void> {
  const session = readSession();
  if (session && session.renewAt <= Date.now()) await renew(session.issuedAt);
}

/** Renews the session unless it was renewed since `seenAt`. Returns whether it is valid now. */
export function renew(seenAt: number): Promise<boolean> {
  refreshing ??= inOneTab(() => refresh(seenAt)).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refresh(seenAt: number): Promise<boolean> {
  const session = readSession();
  if (!session) return false;
  if (session.issuedAt > seenAt || (await wasRenewedSince(seenAt))) return true;
  let response: Response;
  try {
    response = await fetch(REFRESH_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
  } catch {
    return false;
  }
  if (response.ok) {
    const body = (await response.json()) as { data: { accessToken: string } };
    const now = Date.now();
    storeSession(body.data.accessToken, now);
    await announceRenewal(now);
    return true;
  }
  // Only a 401 ends the session; an overloaded server does not.
  if (response.status === 401) forgetSession();
  return false;
}

/** These respond 401 to wrong credentials, which a renewal would not change. */
function isAboutCredentials(url: string): boolean {
  return /\/users\/(login|register|refresh-token)$/.test(new URL(url, 'http://here').pathname);
}

function lifetimeMs(token: string): number {
  const body = token.split('.')[1] ?? '';
  const claims = JSON.parse(atob(body.replaceAll('-', '+').replaceAll('_', '/'))) as { iat: number; exp: number };
  return (claims.exp - claims.iat) * 1000;
}

function write(session: StoredSession | null): void {
  const had = readSession() !== null;
  try {
    if (session) localStorage.setItem(KEY, JSON.stringify(session));
    else localStorage.removeItem(KEY);
  } catch {
    // Without storage the session lasts until its first access token expires.
  }
  if (had !== (session !== null)) notify(session);
}

function notify(session: StoredSession | null): void {
  for (const listener of listeners) listener(session);
}
