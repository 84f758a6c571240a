// Local storage, for conveniences only: if it is full or blocked, reads return null and writes do nothing.

export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(`chaitube.${key}`);
  } catch {
    return null;
  }
}

export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`chaitube.${key}`);
    else localStorage.setItem(`chaitube.${key}`, value);
  } catch {
    // Full or blocked.
  }
}
