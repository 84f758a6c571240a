// Where the viewer is in each film, kept in this browser.

import { readStored, writeStored } from '../storage';

/** Films remembered; the least recently watched goes first. */
const REMEMBERED_MAX = 200;
/** A film that is nearly over or has hardly begun is not resumed, in seconds. */
const EDGE_S = 10;

type Positions = Record<string, { at: number; of: number }>;

function read(): Positions {
  try {
    const places: unknown = JSON.parse(readStored('progress') ?? '{}');
    return typeof places === 'object' && places !== null ? (places as Positions) : {};
  } catch {
    return {};
  }
}

export function savePosition(videoId: string, at: number, of: number): void {
  const others = Object.entries(read()).filter(([id]) => id !== videoId);
  const kept = others.slice(1 - REMEMBERED_MAX);
  writeStored(
    'progress',
    JSON.stringify(Object.fromEntries([...kept, [videoId, { at: Math.round(at), of: Math.round(of) }]])),
  );
}

/** Where to go on, in seconds. */
export function resumePosition(videoId: string): number {
  const place = read()[videoId];
  return place && place.at > EDGE_S && place.at < place.of - EDGE_S ? place.at : 0;
}

/** How much has been watched, from 0 to 1. */
export function watchedFraction(videoId: string): number {
  const place = read()[videoId];
  return place && place.of > 0 ? Math.min(1, place.at / place.of) : 0;
}
