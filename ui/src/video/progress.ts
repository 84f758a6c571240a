// The viewer's position in each video, kept in local storage.

import { readStored, writeStored } from '../storage';

/** Positions kept; the least recent are dropped. */
const POSITIONS_MAX = 200;
/** Seconds at both ends of a video in which it is not resumed. */
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
  const kept = others.slice(1 - POSITIONS_MAX);
  writeStored(
    'progress',
    JSON.stringify(Object.fromEntries([...kept, [videoId, { at: Math.round(at), of: Math.round(of) }]])),
  );
}

/** Returns where to resume, in seconds. */
export function resumePosition(videoId: string): number {
  const place = read()[videoId];
  return place && place.at > EDGE_S && place.at < place.of - EDGE_S ? place.at : 0;
}

/** Returns the watched fraction, from 0 to 1. */
export function watchedFraction(videoId: string): number {
  const place = read()[videoId];
  return place && place.of > 0 ? Math.min(1, place.at / place.of) : 0;
}
