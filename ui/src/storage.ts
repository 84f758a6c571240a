// What this browser keeps for the page between visits. All of it is a convenience: where storage is full or closed,
// reads return null and writes do nothing.

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
    // Storage may be full or closed; what would be kept is a convenience.
  }
}
