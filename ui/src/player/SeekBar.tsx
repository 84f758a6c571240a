import { useEffect, useReducer, useRef, useState, type PointerEvent } from 'react';
import { t } from '../texts';
import { clock, spoken } from '../texts/format';
import { cueAt, useStoryboard, type Cue } from './storyboard';

interface Props {
  video: HTMLVideoElement;
  /** Seconds. */
  duration: number;
}

/** Follows the film's time, which only these parts of the player need to know. */
function useTime(video: HTMLVideoElement): { at: number; buffered: number } {
  const [, changed] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const names = ['timeupdate', 'seeking', 'seeked', 'progress', 'emptied', 'loadedmetadata'];
    for (const name of names) video.addEventListener(name, changed);
    return () => {
      for (const name of names) video.removeEventListener(name, changed);
    };
  }, [video]);
  const at = video.currentTime;
  let buffered = at;
  for (let range = 0; range < video.buffered.length; range += 1) {
    if (video.buffered.start(range) <= at) buffered = Math.max(buffered, video.buffered.end(range));
  }
  return { at, buffered };
}

export function Times({ video, duration }: Props) {
  const { at } = useTime(video);
  return (
    <span className="times">
      <span>{clock(at)}</span>
      <span className="times__of"> / {clock(duration)}</span>
    </span>
  );
}

interface SeekProps extends Props {
  storyboard?: string | null;
  onSeek: (seconds: number) => void;
}

const STEP_S = 0.1;

export function SeekBar({ video, duration, storyboard, onSeek }: SeekProps) {
  const { at, buffered } = useTime(video);
  const cues = useStoryboard(storyboard);
  const bar = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const part = (seconds: number) => String(duration > 0 ? Math.min(1, seconds / duration) : 0);

  useEffect(() => {
    bar.current?.style.setProperty('--part', part(at));
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
        aria-valuetext={t('player.at', { at: spoken(at), of: spoken(duration) })}
        onChange={(event) => onSeek(event.target.valueAsNumber)}
      />
      {pointed !== null && duration > 0 && <Preview cue={cueAt(cues, pointed)} at={pointed} />}
    </div>
  );
}

function Preview({ cue, at }: { cue: Cue | undefined; at: number }) {
  const picture = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const style = picture.current?.style;
    if (!style || !cue) return;
    style.width = `${cue.width}px`;
    style.height = `${cue.height}px`;
    style.backgroundImage = `url("${cue.sheet}")`;
    style.backgroundPosition = `-${cue.x}px -${cue.y}px`;
  }, [cue]);
  return (
    <div className="seek__preview" aria-hidden>
      {cue && <span ref={picture} className="seek__picture" />}
      <span className="seek__time">{clock(at)}</span>
    </div>
  );
}
