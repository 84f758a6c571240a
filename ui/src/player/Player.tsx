import { Pause, Play, RotateCcw } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState, type PointerEvent } from 'react';
import { media } from '../api/client';
import { t } from '../texts';
import { rememberPlace, resumeAt } from '../video/progress';
import { commands as makeCommands, restoreVolume } from './commands';
import { Controls } from './Controls';
import { usePlayerKeys } from './keys';
import { useSource } from './source';
import { usePlayerState } from './state';
import type { Film } from './video';
import './player.css';

interface Props {
  film: Film;
  /** Where to begin, in seconds, whatever was watched before. */
  startAt?: number;
  autoPlay?: boolean;
  isTheatre?: boolean;
  onTheatre?: () => void;
  onNext?: () => void;
  onEnded?: () => void;
  /** Told about once a second. */
  onTime?: (seconds: number) => void;
}

/** Controls hide after this long without use. */
const IDLE_MS = 2_500;
/** Two taps within this skip. */
const DOUBLE_TAP_MS = 300;
const KEEP_EVERY_S = 5;

export default function Player({ film, startAt, autoPlay, isTheatre, onTheatre, onNext, onEnded, onTime }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [elements, setElements] = useState<{ video: HTMLVideoElement; box: HTMLDivElement } | null>(null);
  const quality = useSource(video, film);
  const state = usePlayerState(video, box);
  const idle = useIdle(state.isPaused);
  const taps = useTaps(video, idle.wake);
  const commands = useMemo(
    () => elements && makeCommands(elements.video, elements.box, { theatre: onTheatre, next: onNext }),
    [elements, onTheatre, onNext],
  );
  usePlayerKeys(elements?.box ?? null, commands, idle.wake);
  usePlace(elements?.video ?? null, film._id, startAt, onTime);

  useEffect(() => {
    if (!video.current || !box.current) return;
    restoreVolume(video.current);
    setElements({ video: video.current, box: box.current });
  }, []);

  const isPortrait = film.height > film.width;
  return (
    <div
      ref={box}
      className="player"
      role="region"
      aria-label={t('player.label')}
      data-idle={idle.isIdle || undefined}
      data-portrait={isPortrait || undefined}
      onPointerMove={idle.wake}
      onPointerLeave={idle.sleep}
      onFocus={idle.wake}
    >
      <video
        ref={video}
        className="player__video"
        poster={media(film.thumbnail)}
        autoPlay={autoPlay}
        playsInline
        preload="metadata"
        aria-label={film.title}
        onPointerUp={taps.onPointerUp}
        onDoubleClick={() => taps.isMouse() && commands?.fullscreen()}
        onEnded={onEnded}
      />
      {state.isWaiting && <div className="player__wait" role="status" aria-label={t('state.loading')} />}
      {state.hasFailed && (
        <p className="player__failure" role="alert">
          {t('player.failed')}
        </p>
      )}
      {commands && elements && (
        <>
          {state.isPaused && !state.hasFailed && (
            <button
              type="button"
              className="player__big"
              aria-label={t(state.hasEnded ? 'player.again' : 'player.play')}
              onClick={commands.toggle}
            >
              {state.hasEnded ? (
                <RotateCcw size={36} aria-hidden />
              ) : (
                <Play size={40} fill="currentColor" aria-hidden />
              )}
            </button>
          )}
          <Controls
            film={film}
            video={elements.video}
            box={elements.box}
            state={state}
            commands={commands}
            quality={quality}
            isTheatre={isTheatre}
            hasTheatre={onTheatre !== undefined}
            hasNext={onNext !== undefined}
            onMenu={idle.hold}
          />
        </>
      )}
      <Flash isPaused={state.isPaused} />
    </div>
  );
}

/** Shows for a moment what a key or a click did. */
function Flash({ isPaused }: { isPaused: boolean }) {
  const before = useRef(isPaused);
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (before.current === isPaused) return;
    before.current = isPaused;
    setCount((shown) => shown + 1);
  }, [isPaused]);
  if (count === 0 || isPaused) return null;
  return (
    <div key={count} className="player__flash" aria-hidden>
      {isPaused ? <Pause size={36} /> : <Play size={36} fill="currentColor" />}
    </div>
  );
}

/** Whether the controls may hide: while the film runs and nobody touches anything. */
function useIdle(isPaused: boolean) {
  const [isAsleep, setAsleep] = useState(false);
  const [isHeld, setHeld] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const wake = useCallback(() => {
    setAsleep(false);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAsleep(true), IDLE_MS);
  }, []);
  const sleep = useCallback((event: PointerEvent) => {
    // A finger that was lifted has not gone away.
    if (event.pointerType === 'mouse') setAsleep(true);
  }, []);
  useEffect(() => {
    wake();
    return () => clearTimeout(timer.current);
  }, [wake]);
  return { isIdle: isAsleep && !isPaused && !isHeld, wake, sleep, hold: setHeld };
}

/** A click plays and pauses; a tap shows the controls, and two on one side skip. */
function useTaps(video: React.RefObject<HTMLVideoElement | null>, wake: () => void) {
  const last = useRef(0);
  const pointer = useRef('mouse');
  // A double tap skips; browsers call it a double click all the same.
  const isMouse = useCallback(() => pointer.current === 'mouse', []);
  const onPointerUp = useCallback(
    (event: PointerEvent<HTMLVideoElement>) => {
      pointer.current = event.pointerType;
      const element = video.current;
      if (!element || event.button !== 0) return;
      if (event.pointerType === 'mouse') {
        if (element.paused) void element.play().catch(() => undefined);
        else element.pause();
        return;
      }
      const { left, width } = element.getBoundingClientRect();
      const side = (event.clientX - left) / width;
      if (event.timeStamp - last.current < DOUBLE_TAP_MS && (side < 0.35 || side > 0.65)) {
        element.currentTime += side < 0.35 ? -10 : 10;
      }
      last.current = event.timeStamp;
      wake();
    },
    [video, wake],
  );
  return { onPointerUp, isMouse };
}

/** Begins where the viewer stopped, and remembers where that is. */
function usePlace(
  video: HTMLVideoElement | null,
  id: string,
  startAt: number | undefined,
  onTime: ((seconds: number) => void) | undefined,
) {
  const tell = useRef(onTime);
  useEffect(() => {
    tell.current = onTime;
  });
  useEffect(() => {
    if (!video) return;
    let kept = 0;
    const keep = () => {
      if (video.duration > 0 && video.currentTime > 0) rememberPlace(id, video.currentTime, video.duration);
    };
    const onLoaded = () => {
      const from = startAt ?? resumeAt(id);
      if (from > 0 && video.currentTime < 1) video.currentTime = Math.min(from, video.duration);
    };
    const onTimeUpdate = () => {
      tell.current?.(video.currentTime);
      if (Math.abs(video.currentTime - kept) < KEEP_EVERY_S) return;
      kept = video.currentTime;
      keep();
    };
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) onLoaded();
    video.addEventListener('loadedmetadata', onLoaded);
    video.addEventListener('timeupdate', onTimeUpdate);
    video.addEventListener('pause', keep);
    window.addEventListener('pagehide', keep);
    return () => {
      keep();
      video.removeEventListener('loadedmetadata', onLoaded);
      video.removeEventListener('timeupdate', onTimeUpdate);
      video.removeEventListener('pause', keep);
      window.removeEventListener('pagehide', keep);
    };
  }, [video, id, startAt]);
}
