import { useMutation } from '@tanstack/react-query';
import {
  Clapperboard,
  History,
  ListVideo,
  LogOut,
  Monitor,
  Moon,
  Settings,
  Sun,
  ThumbsUp,
  UserRound,
} from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { logOut } from '../api/account';
import type { CurrentUser } from '../api/types';
import { Avatar } from '../components/Avatar';
import { Menu, MenuItem, MenuSeparator } from '../components/Menu';
import { paths } from '../paths';
import { t } from '../texts';
import { AccountButton } from './AccountButton';
import { chooseTheme, currentTheme, THEMES, type Theme } from './theme';

const ICONS = { system: Monitor, light: Sun, dark: Moon };

export default function AccountMenu({ me }: { me: CurrentUser }) {
  const navigate = useNavigate();
  const leave = useMutation({ mutationFn: logOut, onSuccess: () => void navigate(paths.home()) });
  return (
    <Menu defaultOpen trigger={<AccountButton avatar={me.avatar} />}>
      <div className="menu__head">
        <Avatar src={me.avatar} size={48} />
        <div>
          <strong>{me.fullName}</strong>
          <span>@{me.username}</span>
        </div>
      </div>
      <MenuSeparator />
      <MenuItem icon={<UserRound size={18} aria-hidden />} link={<Link to={paths.channel(me.username)} />}>
        {t('nav.yourChannel')}
      </MenuItem>
      <MenuItem icon={<Clapperboard size={18} aria-hidden />} link={<Link to={paths.studio()} />}>
        {t('nav.studio')}
      </MenuItem>
      <MenuItem icon={<History size={18} aria-hidden />} link={<Link to={paths.history()} />}>
        {t('nav.history')}
      </MenuItem>
      <MenuItem icon={<ThumbsUp size={18} aria-hidden />} link={<Link to={paths.liked()} />}>
        {t('nav.liked')}
      </MenuItem>
      <MenuItem icon={<ListVideo size={18} aria-hidden />} link={<Link to={paths.playlists()} />}>
        {t('nav.playlists')}
      </MenuItem>
      <MenuSeparator />
      <ThemeItem />
      <MenuItem icon={<Settings size={18} aria-hidden />} link={<Link to={paths.settings()} />}>
        {t('nav.settings')}
      </MenuItem>
      <MenuItem icon={<LogOut size={18} aria-hidden />} onSelect={() => leave.mutate()}>
        {t('account.logOut')}
      </MenuItem>
    </Menu>
  );
}

/** Switches to the next theme. */
function ThemeItem() {
  const [theme, setTheme] = useState<Theme>(currentTheme);
  const Icon = ICONS[theme];
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  const switchTheme = () => {
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <MenuItem icon={<Icon size={18} aria-hidden />} onSelect={switchTheme}>
      {t('theme.is', { theme: t(`theme.${theme}`) })}
    </MenuItem>
  );
}
