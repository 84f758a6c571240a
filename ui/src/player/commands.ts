import { readStored, writeStored } from '../storage';
import { captionTracks } from './state';

export const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;
const VOLUME_STEP = 0.05;
/** Assumed duration of a frame. */
const FRAME_S = 1 / 30;

export interface PageCommands {
  theatre?: () => void;
  next?: () => void;
}

/** Everything that keys, pointer and controls can do with the player. */
export function createCommands(video: HTMLVideoElement, container: HTMLElement, page: PageCommands) {
  const seek = (to: number) => {
    video.currentTime = Math.min(Math.max(0, to), video.duration || 0);
  };
  const setVolume = (volume: number) => {
    video.volume = Math.min(1, Math.max(0, volume));
    video.muted = video.volume === 0;
    writeStored('volume', String(video.volume));
  };
  const setRate = (rate: number) => {
    video.playbackRate = rate;
  };
  return {
    seek,
    setVolume,
    setRate,
    toggle: () => {
      // The browser may block playback; then it stays paused.
      if (video.paused) void video.play().catch(() => undefined);
      else video.pause();
    },
    skip: (seconds: number) => seek(video.currentTime + seconds),
    seekToFraction: (part: number) => seek(video.duration * part),
    stepFrame: (direction: number) => {
      if (video.paused) seek(video.currentTime + direction * FRAME_S);
    },
    mute: () => {
      video.muted = !video.muted;
      if (!video.muted && video.volume === 0) setVolume(0.5);
    },
    changeVolume: (direction: number) => setVolume(video.volume + direction * VOLUME_STEP),
    changeRate: (direction: number) => {
      const at = RATES.findIndex((rate) => rate === video.playbackRate);
      const next = RATES[Math.min(RATES.length - 1, Math.max(0, (at < 0 ? RATES.indexOf(1) : at) + direction))];
      if (next) setRate(next);
    },
    fullscreen: () => void toggleFullscreen(video, container),
    pictureInPicture: () => void togglePictureInPicture(video),
    captions: () => {
      const tracks = captionTracks(video);
      const isOn = tracks.some((track) => track.mode === 'showing');
      tracks.forEach((track, at) => (track.mode = !isOn && at === 0 ? 'showing' : 'disabled'));
    },
    theatre: () => page.theatre?.(),
    next: () => page.next?.(),
  };
}

export type Commands = ReturnType<typeof createCommands>;

async function toggleFullscreen(video: HTMLVideoElement, container: HTMLElement): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (container.requestFullscreen) await container.requestFullscreen();
    // iPhones support full screen for video elements only.
    else (video as HTMLVideoElement & { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.();
  } catch {
    // Not allowed by the browser or by the embedding page.
  }
}

async function togglePictureInPicture(video: HTMLVideoElement): Promise<void> {
  try {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await video.requestPictureInPicture();
  } catch {
    // As above.
  }
}

/** Restores the volume of the last visit. */
export function restoreVolume(video: HTMLVideoElement): void {
  const volume = Number(readStored('volume') ?? 1);
  if (volume >= 0 && volume <= 1) video.volume = volume;
}
