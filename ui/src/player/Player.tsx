import { Pause, Play, RotateCcw } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { mediaUrl } from '../api/client';
import { t } from '../texts';
import type { TrafficSource } from '../api/types';
import { createCommands, restoreVolume, type Commands } from './commands';
import { Controls } from './Controls';
import { usePlayerKeys } from './keys';
import { useIdle, usePointer } from './pointer';
import { usePlaybackReports } from './playback';
import { usePlaybackPosition } from './position';
import { useSource } from './source';
import { usePlayerState, type PlayerState } from './state';
import type { PlayableVideo } from './video';
import './player.css';

interface Props {
  video: PlayableVideo;
  /** Start position in seconds. Overrides the saved one. */
  startAt?: number;
  /** Where the viewer came from. */
  from?: TrafficSource;
  autoPlay?: boolean;
  isTheatre?: boolean;
  onTheatre?: () => void;
  onNext?: () => void;
  onEnded?: () => void;
  /** Called about once a second. */
  onTime?: (seconds: number) => void;
}

export default function Player(props: Props) {
  const { video, startAt, from, autoPlay, isTheatre, onTheatre, onNext, onEnded, onTime } = props;
  const [element, setElement] = useState<HTMLVideoElement | null>(null);
  const [container, setContainer] = useState<HTMLDivElement | null>(null);
  // Before `useSource`, whose clean-up resets the time: the position is saved and reported first.
  usePlaybackPosition(element, { videoId: video._id, startAt, onTime });
  usePlaybackReports(element, video._id, from);
  const quality = useSource(element, video);
  const state = usePlayerState(element, container);
  const idle = useIdle(state.isPaused);
  const commands = useMemo(
    () => element && container && createCommands(element, container, { theatre: onTheatre, next: onNext }),
    [element, container, onTheatre, onNext],
  );
  const pointer = usePointer(commands, idle.wake);
  usePlayerKeys(container, commands, idle.wake);
  useEffect(() => {
    if (element) restoreVolume(element);
  }, [element]);

  return (
    <div
      ref={setContainer}
      className="player"
      role="region"
      aria-label={t('player.label')}
      data-idle={idle.isIdle || undefined}
      onPointerMove={idle.wake}
      onPointerLeave={idle.sleep}
      onFocus={idle.wake}
    >
      <video
        ref={setElement}
        className="player__video"
        poster={mediaUrl(video.thumbnail)}
        autoPlay={autoPlay}
        playsInline
        preload="metadata"
        aria-label={video.title}
        {...pointer}
        onEnded={onEnded}
      />
      <Overlay state={state} commands={commands} />
      {element && container && commands && (
        <Controls
          video={video}
          element={element}
          container={container}
          state={state}
          commands={commands}
          quality={quality}
          isTheatre={isTheatre}
          hasTheatre={onTheatre !== undefined}
          hasNext={onNext !== undefined}
          onMenu={idle.hold}
        />
      )}
      <Flash isPaused={state.isPaused} />
    </div>
  );
}

/** What lies over the video: a spinner, an error or a large play button. */
function Overlay({ state, commands }: { state: PlayerState; commands: Commands | null }) {
  return (
    <>
      {state.isWaiting && <div className="player__wait" role="status" aria-label={t('state.loading')} />}
      {state.hasFailed && (
        <p className="player__failure" role="alert">
          {t('player.failed')}
        </p>
      )}
      {commands && state.isPaused && !state.hasFailed && (
        <button
          type="button"
          className="player__big"
          aria-label={t(state.hasEnded ? 'player.again' : 'player.play')}
          onClick={commands.toggle}
        >
          {state.hasEnded ? <RotateCcw size={36} aria-hidden /> : <Play size={40} fill="currentColor" aria-hidden />}
        </button>
      )}
    </>
  );
}

/** Flashes an icon after playback was toggled. */
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
