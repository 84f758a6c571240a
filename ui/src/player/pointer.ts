import { useCallback, useEffect, useRef, useState, type PointerEvent } from 'react';
import type { Commands } from './commands';

/** Controls are hidden after this long without use. */
const IDLE_MS = 2_500;
/** Two taps within this time skip. */
const DOUBLE_TAP_MS = 300;
const SKIP_S = 10;
/** Fraction of the width at each side in which a double tap skips. */
const SIDE = 0.35;

/** Tells when to hide the controls: while the video plays without any input. */
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
    // Lifting a finger also fires this event.
    if (event.pointerType === 'mouse') setAsleep(true);
  }, []);
  useEffect(() => {
    restart();
    return () => clearTimeout(timer.current);
  }, [restart]);
  return { isIdle: isAsleep && !isPaused && !isHeld, wake, sleep, hold: setHeld };
}

/** Toggles playback on click; shows the controls on tap and skips on double tap. */
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
    // Browsers fire double clicks for double taps as well.
    if (pointer.current === 'mouse') commands?.fullscreen();
  }, [commands]);
  return { onPointerUp, onDoubleClick };
}
