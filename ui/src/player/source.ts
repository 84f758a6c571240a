import type Hls from 'hls.js';
import { useCallback, useEffect, useRef, useState } from 'react';
import { mediaUrl } from '../api/client';

/** A rendition to choose from. */
export interface Level {
  index: number;
  /** The shorter side in pixels, as in "720p". */
  lines: number;
}

export const AUTO = -1;

/** Seconds loaded at most. */
const BUFFER_S = 600;
const AHEAD_BUFFER_S = 4;

export interface Quality {
  levels: readonly Level[];
  /** Index of the selected level, or `AUTO`. */
  chosen: number;
  /** Index of the level that plays. */
  playing: number;
  choose: (index: number) => void;
}

/**
 * Plays the HLS stream if there is one and the browser supports it, otherwise the file. Of what is not watched yet, only
 * the start of the stream is loaded.
 */
export function useSource(
  element: HTMLVideoElement | null,
  video: { hls?: string | null; videoFile: string },
  isAhead = false,
): Quality {
  const source = useRef<Source | null>(null);
  const [levels, setLevels] = useState<readonly Level[]>([]);
  const [chosen, setChosen] = useState(AUTO);
  const [playing, setPlaying] = useState(AUTO);
  const stream = useStableAddress(video.hls ? mediaUrl(video.hls) : null);
  const file = useStableAddress(mediaUrl(video.videoFile));

  useEffect(() => {
    if (!element) return;
    const attached = new Source(element, stream, file, { onLevels: setLevels, onPlaying: setPlaying });
    source.current = attached;
    return () => {
      attached.detach();
      source.current = null;
      setLevels([]);
      setChosen(AUTO);
    };
  }, [element, stream, file]);

  useEffect(() => source.current?.setAhead(isAhead), [element, stream, file, isAhead]);

  const choose = useCallback((index: number) => {
    source.current?.choose(index);
    setChosen(index);
  }, []);
  return { levels, chosen, playing, choose };
}

/** Returns the first of several URLs that differ in their signature only, so that playback is not restarted. */
function useStableAddress<T extends string | null>(address: T): T {
  const [first, setFirst] = useState(address);
  if (withoutQuery(first) === withoutQuery(address)) return first;
  setFirst(address);
  return address;
}

const withoutQuery = (address: string | null) => address?.split('?')[0];

interface Listeners {
  onLevels: (levels: readonly Level[]) => void;
  onPlaying: (index: number) => void;
}

/** The source of a video element, until it is detached. */
class Source {
  private engine: Hls | null = null;
  private isDetached = false;
  private isAhead = false;

  constructor(
    private readonly element: HTMLVideoElement,
    stream: string | null,
    private readonly file: string,
    private readonly on: Listeners,
  ) {
    if (stream) void this.playStream(stream).catch(() => this.playFile());
    else this.playFile();
  }

  choose(level: number): void {
    if (this.engine) this.engine.nextLevel = level;
  }

  setAhead(isAhead: boolean): void {
    this.isAhead = isAhead;
    this.limitBuffer();
  }

  detach(): void {
    this.isDetached = true;
    this.dropEngine();
    this.element.removeAttribute('src');
    this.element.load();
  }

  private async playStream(address: string): Promise<void> {
    const { default: Engine } = await import('hls.js');
    if (this.isDetached) return;
    if (!Engine.isSupported()) {
      // Safari on iPhones plays HLS natively.
      if (this.element.canPlayType('application/vnd.apple.mpegurl')) this.element.src = address;
      else this.playFile();
      return;
    }
    this.engine = new Engine({
      // Fragmented MP4 is not transmuxed, so there is no work for a worker.
      enableWorker: false,
      capLevelToPlayerSize: true,
      backBufferLength: 60,
      xhrSetup: (request, url) => request.open('GET', mediaUrl(url), true),
    });
    this.limitBuffer();
    this.listen(this.engine, Engine);
    this.engine.loadSource(address);
    this.engine.attachMedia(this.element);
  }

  private limitBuffer(): void {
    if (this.engine) this.engine.config.maxMaxBufferLength = this.isAhead ? AHEAD_BUFFER_S : BUFFER_S;
  }

  private listen(engine: Hls, { Events, ErrorTypes }: typeof Hls): void {
    let hasRecovered = false;
    engine.on(Events.MANIFEST_PARSED, (_, { levels }) => {
      const named = levels.map(({ width, height }, index) => ({ index, lines: Math.min(width || height, height) }));
      this.on.onLevels(named.sort((one, other) => other.lines - one.lines));
    });
    engine.on(Events.LEVEL_SWITCHED, (_, { level }) => this.on.onPlaying(level));
    engine.on(Events.ERROR, (_, { fatal, type }) => {
      if (!fatal) return;
      if (type === ErrorTypes.MEDIA_ERROR && !hasRecovered) {
        hasRecovered = true;
        engine.recoverMediaError();
      } else {
        this.playFile();
      }
    });
  }

  private playFile(): void {
    if (this.isDetached) return;
    this.dropEngine();
    this.on.onLevels([]);
    this.element.src = this.file;
  }

  private dropEngine(): void {
    this.engine?.destroy();
    this.engine = null;
  }
}
