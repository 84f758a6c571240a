import { useCallback, useEffect, useRef, useState, type PointerEvent } from 'react';
import type { Commands } from './commands';

/** Controls hide after this long without use. */
const IDLE_MS = 2_500;
/** Two taps within this skip. */
const DOUBLE_TAP_MS = 300;
const SKIP_S = 10;
/** The part of the player at each side in which a double tap skips. */
const SIDE = 0.35;

/** Whether the controls are hidden: while the video plays and nobody touches anything. */
export function useIdle(isPaused: boolean) {
  const [isAsleep, setAsleep] = useState(false);
  const [isHeld, setHeld] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const restart = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAsleep(true), IDLE_MS);
  }, []);
  const wake = useCallback(() => {
    setAsleep(false);
    restart();
  }, [restart]);
  const sleep = useCallback((event: PointerEvent) => {
    // A finger that was lifted has not gone away.
    if (event.pointerType === 'mouse') setAsleep(true);
  }, []);
  useEffect(() => {
    restart();
    return () => clearTimeout(timer.current);
  }, [restart]);
  return { isIdle: isAsleep && !isPaused && !isHeld, wake, sleep, hold: setHeld };
}

/** A click plays and pauses; a tap shows the controls, and two on one side skip. */
export function usePointer(commands: Commands | null, wake: () => void) {
  const lastTap = useRef(0);
  const pointer = useRef('mouse');
  const onPointerUp = useCallback(
    (event: PointerEvent<HTMLVideoElement>) => {
      pointer.current = event.pointerType;
      if (!commands || event.button !== 0) return;
      if (event.pointerType === 'mouse') {
        commands.toggle();
        return;
      }
      const { left, width } = event.currentTarget.getBoundingClientRect();
      const fraction = (event.clientX - left) / width;
      if (event.timeStamp - lastTap.current < DOUBLE_TAP_MS && (fraction < SIDE || fraction > 1 - SIDE)) {
        commands.skip(fraction < SIDE ? -SKIP_S : SKIP_S);
      }
      lastTap.current = event.timeStamp;
      wake();
    },
    [commands, wake],
  );
  const onDoubleClick = useCallback(() => {
    // A double tap skips; browsers call it a double click all the same.
    if (pointer.current === 'mouse') commands?.fullscreen();
  }, [commands]);
  return { onPointerUp, onDoubleClick };
}
