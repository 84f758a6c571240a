import { Play } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { restoreVolume } from '../../player/commands';
import { usePlaybackReports } from '../../player/playback';
import { useSource } from '../../player/source';
import { usePlayerState } from '../../player/state';
import type { PlayableVideo } from '../../player/video';
import { t } from '../../texts';
import { start } from './start';
import '../../player/player.css';

interface Props {
  video: PlayableVideo;
  /** The next one is loaded, but does not play. */
  isCurrent: boolean;
  isPaused: boolean;
  isMuted: boolean;
  onPaused: (isPaused: boolean) => void;
  onMuted: (isMuted: boolean) => void;
}

/** Plays a short again and again. A press anywhere pauses it. */
export function Stage({ video, isCurrent, isPaused, isMuted, onPaused, onMuted }: Props) {
  const [element, setElement] = useState<HTMLVideoElement | null>(null);
  // Before `useSource`, whose clean-up resets the time: it is reported first.
  usePlaybackReports(isCurrent ? element : null, video._id);
  useSource(element, video, !isCurrent);
  const state = usePlayerState(element, null);
  const isPlaying = isCurrent && !isPaused;
  usePlaying(element, isPlaying, { onPaused, onMuted });
  return (
    <>
      <video
        ref={setElement}
        className="short__video"
        loop
        muted={isMuted}
        playsInline
        preload={isCurrent ? 'auto' : 'metadata'}
        aria-label={video.title}
        // By the keys of a headset, or by the system. The event may come when it plays again already.
        onPause={({ currentTarget }) => isPlaying && currentTarget.paused && !currentTarget.ended && onPaused(true)}
      />
      {isCurrent && state.isWaiting && <div className="player__wait" role="status" aria-label={t('state.loading')} />}
      {isCurrent && state.hasFailed && (
        <p className="player__failure" role="alert">
          {t('player.failed')}
        </p>
      )}
      <button
        type="button"
        className="short__toggle"
        aria-label={t(isPlaying ? 'player.pause' : 'player.play')}
        onClick={() => onPaused(!isPaused)}
      >
        {isCurrent && isPaused && <Play size={40} fill="currentColor" aria-hidden />}
      </button>
      <Progress element={element} />
    </>
  );
}

/** Lets the element play or pause, as soon as it can. */
function usePlaying(
  element: HTMLVideoElement | null,
  isPlaying: boolean,
  { onPaused, onMuted }: Pick<Props, 'onPaused' | 'onMuted'>,
) {
  const play = useEffectEvent(async (video: HTMLVideoElement) => {
    const started = await start(video);
    if (started === 'silent') onMuted(true);
    if (started === 'refused') onPaused(true);
  });
  useEffect(() => {
    if (element) restoreVolume(element);
  }, [element]);
  useEffect(() => {
    if (!element) return;
    if (!isPlaying) {
      element.pause();
      return;
    }
    const onReady = () => void play(element);
    if (element.readyState >= HTMLMediaElement.HAVE_METADATA) onReady();
    // Also when the file takes the place of a stream.
    element.addEventListener('loadedmetadata', onReady);
    return () => element.removeEventListener('loadedmetadata', onReady);
  }, [element, isPlaying]);
}

function Progress({ element }: { element: HTMLVideoElement | null }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!element) return;
    const show = () => {
      const fraction = element.duration > 0 ? element.currentTime / element.duration : 0;
      bar.current?.style.setProperty('transform', `scaleX(${fraction})`);
    };
    element.addEventListener('timeupdate', show);
    return () => element.removeEventListener('timeupdate', show);
  }, [element]);
  return (
    <span className="short__progress" aria-hidden>
      <span ref={bar} />
    </span>
  );
}
