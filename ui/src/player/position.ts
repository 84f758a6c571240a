import { useEffect, useEffectEvent } from 'react';
import { resumePosition, savePosition } from '../video/progress';

const SAVE_EVERY_S = 5;

interface Options {
  videoId: string;
  /** Start position in seconds. Overrides the saved one. */
  startAt?: number;
  /** Called about once a second. */
  onTime?: (seconds: number) => void;
}

/** Resumes at the saved position and keeps it up to date. */
export function usePlaybackPosition(element: HTMLVideoElement | null, { videoId, startAt, onTime }: Options): void {
  const report = useEffectEvent((seconds: number) => onTime?.(seconds));
  useEffect(() => {
    if (element) return followPosition(element, videoId, startAt, (seconds) => report(seconds));
  }, [element, videoId, startAt]);
}

function followPosition(
  element: HTMLVideoElement,
  videoId: string,
  startAt: number | undefined,
  report: (seconds: number) => void,
): () => void {
  let savedAt = 0;
  const save = () => {
    if (element.duration > 0 && element.currentTime > 0) savePosition(videoId, element.currentTime, element.duration);
  };
  const onLoaded = () => {
    const from = startAt ?? resumePosition(videoId);
    if (from > 0 && element.currentTime < 1) element.currentTime = Math.min(from, element.duration);
  };
  const onTimeUpdate = () => {
    report(element.currentTime);
    if (Math.abs(element.currentTime - savedAt) < SAVE_EVERY_S) return;
    savedAt = element.currentTime;
    save();
  };
  if (element.readyState >= HTMLMediaElement.HAVE_METADATA) onLoaded();
  element.addEventListener('loadedmetadata', onLoaded);
  element.addEventListener('timeupdate', onTimeUpdate);
  element.addEventListener('pause', save);
  window.addEventListener('pagehide', save);
  return () => {
    save();
    element.removeEventListener('loadedmetadata', onLoaded);
    element.removeEventListener('timeupdate', onTimeUpdate);
    element.removeEventListener('pause', save);
    window.removeEventListener('pagehide', save);
  };
}
