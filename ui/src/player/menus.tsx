import { Gauge, Settings2 } from 'lucide-react';
import { Menu, MenuChoice } from '../components/Menu';
import { t } from '../texts';
import { RATES } from './commands';
import { Control } from './Control';
import { AUTO, type Quality } from './source';

interface Props {
  container: HTMLElement;
  onMenu: (isOpen: boolean) => void;
}

export function SpeedMenu({ rate, onChange, ...place }: Props & { rate: number; onChange: (rate: number) => void }) {
  const options = RATES.map((value) => ({ value, label: value === 1 ? t('player.normal') : `${value}×` }));
  return (
    <PlayerMenu
      {...place}
      trigger={<Control icon={Gauge} className={rate === 1 ? '' : 'control--changed'} label={t('player.speed')} />}
    >
      <MenuChoice label={t('player.speed')} value={rate} options={options} onChange={onChange} />
    </PlayerMenu>
  );
}

export function QualityMenu({ quality, ...place }: Props & { quality: Quality }) {
  const playing = quality.levels.find((level) => level.index === quality.playing);
  const options = [
    {
      value: AUTO,
      label: t('player.auto'),
      note: quality.chosen === AUTO && playing ? `${playing.lines}p` : undefined,
    },
    ...quality.levels.map((level) => ({
      value: level.index,
      label: `${level.lines}p`,
      note: level.lines >= 720 ? 'HD' : undefined,
    })),
  ];
  return (
    <PlayerMenu {...place} trigger={<Control icon={Settings2} label={t('player.quality')} />}>
      <MenuChoice label={t('player.quality')} value={quality.chosen} options={options} onChange={quality.choose} />
    </PlayerMenu>
  );
}

/** Opens when it is mounted. In full screen only descendants of the player are visible. */
function PlayerMenu({
  container,
  onMenu,
  trigger,
  children,
}: Props & { trigger: React.ReactElement; children: React.ReactNode }) {
  return (
    <Menu
      side="top"
      container={document.fullscreenElement ? container : undefined}
      defaultOpen
      onOpenChange={onMenu}
      trigger={trigger}
    >
      {children}
    </Menu>
  );
}
