import {
  Captions,
  CaptionsOff,
  Gauge,
  Maximize,
  Minimize,
  Pause,
  PictureInPicture2,
  Play,
  RectangleHorizontal,
  Settings2,
  SkipForward,
  Volume1,
  Volume2,
  VolumeX,
} from 'lucide-react';
import { lazy } from 'react';
import { LazyMenu } from '../components/LazyMenu';
import { t } from '../texts';
import { formatPercent } from '../texts/format';
import type { Commands } from './commands';
import { Control } from './Control';
import { SeekBar, Times } from './SeekBar';
import type { Quality } from './source';
import type { PlayerState } from './state';
import type { PlayableVideo } from './video';

const SpeedMenu = lazy(() => import('./menus').then((it) => ({ default: it.SpeedMenu })));
const QualityMenu = lazy(() => import('./menus').then((it) => ({ default: it.QualityMenu })));

interface Props {
  video: PlayableVideo;
  element: HTMLVideoElement;
  container: HTMLElement;
  state: PlayerState;
  commands: Commands;
  quality: Quality;
  isTheatre?: boolean;
  hasTheatre: boolean;
  hasNext: boolean;
  onMenu: (isOpen: boolean) => void;
}

export function Controls({
  video,
  element,
  container,
  state,
  commands,
  quality,
  isTheatre,
  hasTheatre,
  hasNext,
  onMenu,
}: Props) {
  return (
    <div className="controls">
      <SeekBar element={element} duration={state.duration} storyboard={video.storyboard} onSeek={commands.seek} />
      <div className="controls__row">
        <Control
          icon={state.isPaused ? Play : Pause}
          label={t(state.isPaused ? 'player.play' : 'player.pause')}
          keys="k"
          onClick={commands.toggle}
        />
        {hasNext && <Control icon={SkipForward} label={t('player.next')} keys="Shift+N" onClick={commands.next} />}
        <Volume state={state} commands={commands} />
        <Times element={element} duration={state.duration} />
        <span className="controls__gap" />
        {state.hasCaptions && <CaptionsControl state={state} commands={commands} />}
        <LazyMenu button={<Control icon={Gauge} label={t('player.speed')} />} onOpen={() => onMenu(true)}>
          <SpeedMenu rate={state.rate} container={container} onMenu={onMenu} onChange={commands.setRate} />
        </LazyMenu>
        {quality.levels.length > 1 && (
          <LazyMenu button={<Control icon={Settings2} label={t('player.quality')} />} onOpen={() => onMenu(true)}>
            <QualityMenu quality={quality} container={container} onMenu={onMenu} />
          </LazyMenu>
        )}
        {document.pictureInPictureEnabled && (
          <Control
            icon={PictureInPicture2}
            label={t('player.pictureInPicture')}
            keys="i"
            isOn={state.isInPictureInPicture}
            onClick={commands.pictureInPicture}
          />
        )}
        {hasTheatre && !state.isFullscreen && (
          <Control
            icon={RectangleHorizontal}
            className="controls__theatre"
            label={t('player.theatre')}
            keys="t"
            isOn={isTheatre}
            onClick={commands.theatre}
          />
        )}
        <Control
          icon={state.isFullscreen ? Minimize : Maximize}
          label={t(state.isFullscreen ? 'player.exitFullscreen' : 'player.fullscreen')}
          keys="f"
          onClick={commands.fullscreen}
        />
      </div>
    </div>
  );
}

function CaptionsControl({ state, commands }: { state: PlayerState; commands: Commands }) {
  return (
    <Control
      icon={state.showsCaptions ? Captions : CaptionsOff}
      label={t('player.captions')}
      keys="c"
      isOn={state.showsCaptions}
      onClick={commands.captions}
    />
  );
}

function Volume({ state, commands }: { state: PlayerState; commands: Commands }) {
  const icon = state.isMuted ? VolumeX : state.volume < 0.5 ? Volume1 : Volume2;
  const value = state.isMuted ? 0 : state.volume;
  return (
    <div className="volume">
      <Control
        icon={icon}
        label={t(state.isMuted ? 'player.unmute' : 'player.mute')}
        keys="m"
        onClick={commands.mute}
      />
      <input
        className="range volume__range"
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={value}
        aria-label={t('player.volume')}
        aria-valuetext={formatPercent(value)}
        ref={(range) => range?.style.setProperty('--fraction', String(value))}
        onChange={(event) => commands.setVolume(event.target.valueAsNumber)}
      />
    </div>
  );
}
