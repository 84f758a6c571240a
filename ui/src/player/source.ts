import type Hls from 'hls.js';
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import { media } from '../api/client';

/** A size to choose from. */
export interface Level {
  index: number;
  /** The shorter side in pixels, as people name sizes. */
  lines: number;
}

export const AUTO = -1;

interface Source {
  hls?: string | null;
  videoFile: string;
}

export interface Quality {
  levels: readonly Level[];
  /** The one that was chosen, or `AUTO`. */
  chosen: number;
  /** The one that plays. */
  playing: number;
  choose: (index: number) => void;
}

/**
 * Gives the film to the video element: the adaptive stream where there is one and it can be played, else the file as it
 * was uploaded.
 */
export function useSource(video: RefObject<HTMLVideoElement | null>, { hls, videoFile }: Source): Quality {
  const engine = useRef<Hls | null>(null);
  const [levels, setLevels] = useState<readonly Level[]>([]);
  const [chosen, setChosen] = useState(AUTO);
  const [playing, setPlaying] = useState(AUTO);
  // Signed addresses change with every answer; the film behind them does not.
  const stream = hls ? media(hls) : null;
  const file = media(videoFile);
  const stableStream = useStable(stream);
  const stableFile = useStable(file);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    let isGone = false;
    const playFile = () => {
      engine.current?.destroy();
      engine.current = null;
      setLevels([]);
      element.src = stableFile ?? '';
    };
    const attach = async (address: string) => {
      const { default: Engine } = await import('hls.js');
      if (isGone) return;
      if (!Engine.isSupported()) {
        // Safari on phones plays HLS itself.
        if (element.canPlayType('application/vnd.apple.mpegurl')) element.src = address;
        else playFile();
        return;
      }
      const player = new Engine({
        // Fragmented MP4 needs no rewriting, so there is nothing for a worker to do.
        enableWorker: false,
        capLevelToPlayerSize: true,
        backBufferLength: 60,
        xhrSetup: (request, url) => request.open('GET', media(url), true),
      });
      engine.current = player;
      watch(player, Engine, { setLevels, setPlaying, giveUp: playFile });
      player.loadSource(address);
      player.attachMedia(element);
    };
    if (stableStream) void attach(stableStream).catch(playFile);
    else playFile();
    return () => {
      isGone = true;
      engine.current?.destroy();
      engine.current = null;
      setLevels([]);
      setChosen(AUTO);
      element.removeAttribute('src');
      element.load();
    };
  }, [video, stableStream, stableFile]);

  const choose = useCallback((index: number) => {
    if (engine.current) engine.current.nextLevel = index;
    setChosen(index);
  }, []);
  return { levels, chosen, playing, choose };
}

/** The first of several addresses of one and the same thing. */
function useStable(address: string | null): string | null {
  const kept = useRef(address);
  if (kept.current?.split('?')[0] !== address?.split('?')[0]) kept.current = address;
  return kept.current;
}

interface Watchers {
  setLevels: (levels: readonly Level[]) => void;
  setPlaying: (index: number) => void;
  giveUp: () => void;
}

function watch(player: Hls, Engine: typeof Hls, { setLevels, setPlaying, giveUp }: Watchers): void {
  let hasRecovered = false;
  player.on(Engine.Events.MANIFEST_PARSED, (_, { levels }) => {
    const named = levels.map((level, index) => ({ index, lines: Math.min(level.width || level.height, level.height) }));
    setLevels(named.sort((one, other) => other.lines - one.lines));
  });
  player.on(Engine.Events.LEVEL_SWITCHED, (_, { level }) => setPlaying(level));
  player.on(Engine.Events.ERROR, (_, { fatal, type }) => {
    if (!fatal) return;
    if (type === Engine.ErrorTypes.MEDIA_ERROR && !hasRecovered) {
      hasRecovered = true;
      player.recoverMediaError();
    } else {
      giveUp();
    }
  });
}
