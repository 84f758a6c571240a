// The seek preview: a WebVTT track whose cues are regions of sprites, `sprite.jpg#xywh=x,y,width,height`.

import { useQuery } from '@tanstack/react-query';
import { mediaUrl } from '../api/client';
import { keys } from '../api/keys';

export interface Cue {
  /** Seconds. */
  start: number;
  end: number;
  sprite: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const TIMES = /^((?:\d+:)?\d+:\d+\.\d+)\s+-->\s+((?:\d+:)?\d+:\d+\.\d+)/;
const PART = /^(.*)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** Parses a track and skips cues that are not regions of images. `base` is the URL of the track. */
export function parseStoryboard(text: string, base: string): Cue[] {
  const cues: Cue[] = [];
  let times: RegExpExecArray | null = null;
  for (const line of text.split(/\r?\n/)) {
    const found = TIMES.exec(line);
    if (found) {
      times = found;
      continue;
    }
    const part = times && PART.exec(line.trim());
    if (!times || !part) continue;
    const [x, y, width, height] = part.slice(2).map(Number) as [number, number, number, number];
    const sprite = mediaUrl(new URL(part[1] ?? '', base).href);
    cues.push({ start: seconds(times[1]), end: seconds(times[2]), sprite, x, y, width, height });
    times = null;
  }
  return cues;
}

/** Returns the cue at this time. The last one extends to the end. */
export function cueAt(cues: readonly Cue[], at: number): Cue | undefined {
  let low = 0;
  let high = cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cues[middle]?.start ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return cues[Math.max(0, low - 1)];
}

function seconds(stamp = ''): number {
  return stamp.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

export function useStoryboard(address: string | null | undefined): Cue[] {
  const { data } = useQuery({
    queryKey: keys.storyboard(address ?? ''),
    queryFn: async ({ signal }) => {
      const response = await fetch(mediaUrl(address ?? ''), { signal });
      if (!response.ok) throw new Error(`storyboard: ${response.status}`);
      return parseStoryboard(await response.text(), response.url);
    },
    enabled: Boolean(address),
    staleTime: Infinity,
    retry: false,
  });
  return data ?? NO_CUES;
}

const NO_CUES: Cue[] = [];
