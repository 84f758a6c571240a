import { useEffect, useReducer, type RefObject } from 'react';

export interface PlayerState {
  isPaused: boolean;
  hasEnded: boolean;
  isWaiting: boolean;
  isMuted: boolean;
  volume: number;
  rate: number;
  /** Seconds; 0 until it is known. */
  duration: number;
  isFullscreen: boolean;
  isInPicture: boolean;
  hasCaptions: boolean;
  showsCaptions: boolean;
  hasFailed: boolean;
}

const EVENTS = [
  'play',
  'pause',
  'ended',
  'waiting',
  'playing',
  'seeking',
  'seeked',
  'canplay',
  'volumechange',
  'ratechange',
  'durationchange',
  'loadedmetadata',
  'emptied',
  'error',
  'enterpictureinpicture',
  'leavepictureinpicture',
] as const;

/** What the controls show of the video element, which is where the truth is. */
export function usePlayerState(
  video: RefObject<HTMLVideoElement | null>,
  box: RefObject<HTMLElement | null>,
): PlayerState {
  const [, changed] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    for (const name of EVENTS) element.addEventListener(name, changed);
    document.addEventListener('fullscreenchange', changed);
    const tracks = element.textTracks;
    for (const name of ['addtrack', 'removetrack', 'change']) tracks.addEventListener(name, changed);
    changed();
    return () => {
      for (const name of EVENTS) element.removeEventListener(name, changed);
      document.removeEventListener('fullscreenchange', changed);
      for (const name of ['addtrack', 'removetrack', 'change']) tracks.removeEventListener(name, changed);
    };
  }, [video]);

  const element = video.current;
  const tracks = captions(element);
  return {
    isPaused: element?.paused ?? true,
    hasEnded: element?.ended ?? false,
    isWaiting: Boolean(element && !element.paused && element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA),
    isMuted: Boolean(element && (element.muted || element.volume === 0)),
    volume: element?.volume ?? 1,
    rate: element?.playbackRate ?? 1,
    duration: element && Number.isFinite(element.duration) ? element.duration : 0,
    isFullscreen: document.fullscreenElement !== null && document.fullscreenElement === box.current,
    isInPicture: document.pictureInPictureElement !== null && document.pictureInPictureElement === element,
    hasCaptions: tracks.length > 0,
    showsCaptions: tracks.some((track) => track.mode === 'showing'),
    hasFailed: Boolean(element?.error),
  };
}

export function captions(element: HTMLVideoElement | null): TextTrack[] {
  return [...(element?.textTracks ?? [])].filter((track) => track.kind === 'captions' || track.kind === 'subtitles');
}
