import { useEffect, useMemo, useRef, useState, type PointerEvent } from 'react';
import { t } from '../texts';
import { formatDuration, formatDurationInWords } from '../texts/format';
import { createStore, listenTo, useStore } from './store';
import { cueAt, useStoryboard, type Cue } from './storyboard';

interface Props {
  element: HTMLVideoElement;
  /** Seconds. */
  duration: number;
}

const TIME_EVENTS = ['timeupdate', 'seeking', 'seeked', 'progress', 'emptied', 'loadedmetadata'];

/** Returns the current time. Used by small components only, because each change renders them. */
function useTime(element: HTMLVideoElement): { at: number; buffered: number } {
  const store = useMemo(
    () =>
      createStore(
        () => readTime(element),
        (onEvent) => listenTo(element, TIME_EVENTS, onEvent),
      ),
    [element],
  );
  return useStore(store, store.get());
}

function readTime({ currentTime, buffered: ranges }: HTMLVideoElement) {
  let buffered = currentTime;
  for (let range = 0; range < ranges.length; range += 1) {
    if (ranges.start(range) <= currentTime) buffered = Math.max(buffered, ranges.end(range));
  }
  return { at: currentTime, buffered };
}

export function Times({ element, duration }: Props) {
  const { at } = useTime(element);
  return (
    <span className="times">
      <span>{formatDuration(at)}</span>
      <span className="times__of"> / {formatDuration(duration)}</span>
    </span>
  );
}

interface SeekProps extends Props {
  storyboard?: string | null;
  onSeek: (seconds: number) => void;
}

const STEP_S = 0.1;

export function SeekBar({ element, duration, storyboard, onSeek }: SeekProps) {
  const { at, buffered } = useTime(element);
  const cues = useStoryboard(storyboard);
  const bar = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const part = (seconds: number) => String(duration > 0 ? Math.min(1, seconds / duration) : 0);

  useEffect(() => {
    bar.current?.style.setProperty('--fraction', part(at));
    bar.current?.style.setProperty('--buffered', part(buffered));
    if (pointed !== null) bar.current?.style.setProperty('--pointed', part(pointed));
  });

  const point = (event: PointerEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setPointed(Math.min(1, Math.max(0, (event.clientX - left) / width)) * duration);
  };
  return (
    <div
      ref={bar}
      className="seek"
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => setPointed(null)}
      onPointerCancel={() => setPointed(null)}
    >
      <input
        className="range seek__range"
        type="range"
        min={0}
        max={duration || 1}
        step={STEP_S}
        value={at}
        aria-label={t('player.seek')}
        aria-valuetext={t('player.at', { at: formatDurationInWords(at), of: formatDurationInWords(duration) })}
        onChange={(event) => onSeek(event.target.valueAsNumber)}
      />
      {pointed !== null && duration > 0 && <Preview cue={cueAt(cues, pointed)} at={pointed} />}
    </div>
  );
}

function Preview({ cue, at }: { cue: Cue | undefined; at: number }) {
  const image = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const style = image.current?.style;
    if (!style || !cue) return;
    style.width = `${cue.width}px`;
    style.height = `${cue.height}px`;
    style.backgroundImage = `url("${cue.sprite}")`;
    style.backgroundPosition = `-${cue.x}px -${cue.y}px`;
  }, [cue]);
  return (
    <div className="seek__preview" aria-hidden>
      {cue && <span ref={image} className="seek__image" />}
      <span className="seek__time">{formatDuration(at)}</span>
    </div>
  );
}
