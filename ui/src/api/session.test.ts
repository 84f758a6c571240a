import { beforeEach, describe, expect, test, vi } from 'vitest';
import { forgetSession, onSession, readSession, renew, sessionFetch, storeSession } from './session';

const REFRESH = '/api/v1/users/refresh-token';

/** A token that lives this long; nobody here looks at more of it. */
function token(lifeS: number): string {
  return `head.${btoa(JSON.stringify({ iat: 1_000, exp: 1_000 + lifeS }))}.signature`;
}

const ok = (data: unknown) => Response.json({ data });
const urlOf = (input: RequestInfo | URL) => (input instanceof Request ? input.url : String(input));
const ask = (path = '/api/v1/videos') => sessionFetch(new Request(`http://localhost:3000${path}`));

/** A server that takes requests only after a renewal; `refreshed` counts those. */
function server(options: { refresh?: () => Promise<Response> } = {}) {
  const state = { isGood: false, refreshed: 0 };
  vi.stubGlobal('fetch', async (input: RequestInfo | URL) => {
    if (urlOf(input).endsWith(REFRESH)) {
      state.refreshed += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const response = await (options.refresh?.() ?? Promise.resolve(ok({ accessToken: token(600) })));
      state.isGood = response.ok;
      return response;
    }
    return new Response(null, { status: state.isGood ? 200 : 401 });
  });
  return state;
}

beforeEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
});

describe('a session', () => {
  test('is renewed once for many requests that find it expired', async () => {
    storeSession(token(600), Date.now() - 1_000);
    const state = server();
    const responses = await Promise.all(Array.from({ length: 8 }, () => ask()));
    expect(responses.map((response) => response.status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(state.refreshed).toBe(1);
  });

  test('is renewed before a request when its token is about to run out', async () => {
    storeSession(token(60), Date.now() - 59_000);
    const state = server();
    const asked: string[] = [];
    const real = fetch;
    vi.stubGlobal('fetch', (input: RequestInfo | URL) => {
      asked.push(new URL(urlOf(input), 'http://localhost:3000').pathname);
      return real(input);
    });
    expect((await ask()).status).toBe(200);
    expect(asked).toEqual([REFRESH, '/api/v1/videos']);
    expect(state.refreshed).toBe(1);
  });

  test('that another tab has renewed is not renewed again', async () => {
    const state = server();
    storeSession(token(600));
    expect(await renew(Date.now() - 5_000)).toBe(true);
    expect(state.refreshed).toBe(0);
  });

  test('that another tab has just renewed is not renewed again, though storage does not show it yet', async () => {
    const held: { name: string }[] = [];
    vi.stubGlobal('navigator', {
      locks: {
        request: async (name: string, ...args: unknown[]) => {
          held.push({ name });
          return (args.at(-1) as () => Promise<unknown>)();
        },
        query: async () => ({ held }),
      },
    });
    const state = server();
    storeSession(token(600), Date.now() - 1_000);
    const stale = localStorage.getItem('chaitube.session') ?? '';
    expect(await renew(Date.now() - 1)).toBe(true);
    expect(state.refreshed).toBe(1);
    localStorage.setItem('chaitube.session', stale);
    expect(await renew(readSession()?.issuedAt ?? 0)).toBe(true);
    expect(state.refreshed).toBe(1);
  });

  test('that the server refuses to renew is over, and listeners are called', async () => {
    storeSession(token(600), Date.now() - 1_000);
    server({ refresh: async () => new Response(null, { status: 401 }) });
    const listener = vi.fn();
    const stop = onSession(listener);
    expect((await ask()).status).toBe(401);
    expect(readSession()).toBeNull();
    expect(listener).toHaveBeenCalledExactlyOnceWith(null);
    stop();
  });

  test('outlives a server that is busy or away', async () => {
    for (const refresh of [
      async () => new Response(null, { status: 503 }),
      () => Promise.reject(new TypeError('no network')),
    ]) {
      storeSession(token(600), Date.now() - 1_000);
      server({ refresh });
      expect((await ask()).status).toBe(401);
      expect(readSession()).not.toBeNull();
    }
  });

  test('has nothing to do with a wrong password', async () => {
    storeSession(token(600), Date.now() - 1_000);
    const state = server();
    expect((await ask('/api/v1/users/login')).status).toBe(401);
    expect(state.refreshed).toBe(0);
  });

  test('that is not there is not renewed', async () => {
    forgetSession();
    const state = server();
    expect((await ask()).status).toBe(401);
    expect(state.refreshed).toBe(0);
  });
});
