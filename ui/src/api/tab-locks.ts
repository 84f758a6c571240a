// Coordinates the renewal of the session among tabs by Web Locks, which all tabs see at once. A write to local storage
// may reach another tab only after the lock was released, so a renewal is also announced by a lock of its own.

const RENEWING = 'chaitube.refresh';
const RENEWED = 'chaitube.refreshed.';
/** Long enough for local storage to be up to date in all tabs. */
const ANNOUNCED_MS = 5_000;

/** Runs in one tab at a time. Without locks (plain HTTP to another machine) the server's grace period has to do. */
export async function inOneTab(work: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks ? navigator.locks.request(RENEWING, work) : work();
}

/** Tells other tabs about a renewal. Resolves when they can see it. */
export async function announceRenewal(renewedAt: number): Promise<void> {
  if (!navigator.locks) return;
  await new Promise<void>((resolve) => {
    void navigator.locks.request(`${RENEWED}${renewedAt}`, { mode: 'shared' }, () => {
      resolve();
      return new Promise((release) => setTimeout(release, ANNOUNCED_MS));
    });
  });
}

/** Whether a tab has announced a renewal after this time. */
export async function wasRenewedSince(time: number): Promise<boolean> {
  if (!navigator.locks) return false;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name = '' }) => name.startsWith(RENEWED) && Number(name.slice(RENEWED.length)) > time);
}
