import { useMemo } from 'react';
import { createStore, listenTo, useStore } from './store';

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
  isInPictureInPicture: boolean;
  hasCaptions: boolean;
  showsCaptions: boolean;
  hasFailed: boolean;
}

const INITIAL: PlayerState = {
  isPaused: true,
  hasEnded: false,
  isWaiting: false,
  isMuted: false,
  volume: 1,
  rate: 1,
  duration: 0,
  isFullscreen: false,
  isInPictureInPicture: false,
  hasCaptions: false,
  showsCaptions: false,
  hasFailed: false,
};

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

/** Returns the state of the video element, which is the source of truth. */
export function usePlayerState(element: HTMLVideoElement | null, container: HTMLElement | null): PlayerState {
  const store = useMemo(
    () =>
      element &&
      createStore(
        () => readState(element, container),
        (onEvent) => {
          const stops = [
            listenTo(element, EVENTS, onEvent),
            listenTo(document, ['fullscreenchange'], onEvent),
            listenTo(element.textTracks, ['addtrack', 'removetrack', 'change'], onEvent),
          ];
          return () => stops.forEach((stop) => stop());
        },
      ),
    [element, container],
  );
  return useStore(store, INITIAL);
}

function readState(element: HTMLVideoElement, container: HTMLElement | null): PlayerState {
  const tracks = captionTracks(element);
  return {
    isPaused: element.paused,
    hasEnded: element.ended,
    isWaiting: !element.paused && element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA,
    isMuted: element.muted || element.volume === 0,
    volume: element.volume,
    rate: element.playbackRate,
    duration: Number.isFinite(element.duration) ? element.duration : 0,
    isFullscreen: container !== null && document.fullscreenElement === container,
    isInPictureInPicture: document.pictureInPictureElement === element,
    hasCaptions: tracks.length > 0,
    showsCaptions: tracks.some((track) => track.mode === 'showing'),
    hasFailed: element.error !== null,
  };
}

export function captionTracks(element: HTMLVideoElement): TextTrack[] {
  return [...element.textTracks].filter((track) => track.kind === 'captions' || track.kind === 'subtitles');
}
