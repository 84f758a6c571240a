import {
  Clapperboard,
  GalleryVertical,
  History,
  House,
  ListVideo,
  MessagesSquare,
  Settings,
  ThumbsUp,
  TvMinimalPlay,
  type LucideIcon,
} from 'lucide-react';
import { NavLink } from 'react-router';
import { useMe } from '../api/account';
import { usePages } from '../api/pages';
import { subscriptionsQuery } from '../api/queries';
import { Avatar } from '../components/Avatar';
import { paths } from '../paths';
import { t, type TextKey } from '../texts';

interface NavItem {
  to: string;
  icon: LucideIcon;
  label: TextKey;
}

const PUBLIC_ITEMS: readonly NavItem[] = [
  { to: paths.home(), icon: House, label: 'nav.home' },
  { to: paths.shorts(), icon: GalleryVertical, label: 'nav.shorts' },
  { to: paths.subscriptions(), icon: TvMinimalPlay, label: 'nav.subscriptions' },
  { to: paths.posts(), icon: MessagesSquare, label: 'nav.posts' },
];
const OWN_ITEMS: readonly NavItem[] = [
  { to: paths.history(), icon: History, label: 'nav.history' },
  { to: paths.liked(), icon: ThumbsUp, label: 'nav.liked' },
  { to: paths.playlists(), icon: ListVideo, label: 'nav.playlists' },
  { to: paths.studio(), icon: Clapperboard, label: 'nav.studio' },
];
const SETTINGS_ITEM: NavItem = { to: paths.settings(), icon: Settings, label: 'nav.settings' };
/** The menu of the account has the others. */
const PHONE_ITEMS: readonly NavItem[] = [...PUBLIC_ITEMS, ...OWN_ITEMS.slice(-1)];
/** Channels listed in the sidebar. */
const CHANNELS_MAX = 8;

function NavItemLink({ to, icon: Icon, label }: NavItem) {
  return (
    <NavLink to={to} end={to === paths.home()} className="nav-item">
      <Icon size={22} aria-hidden />
      <span className="nav-item__label">{t(label)}</span>
    </NavLink>
  );
}

export function SideBar() {
  const me = useMe();
  return (
    <nav className="sidebar" aria-label={t('nav.main')}>
      <div className="sidebar__group">
        {PUBLIC_ITEMS.map((item) => (
          <NavItemLink key={item.to} {...item} />
        ))}
      </div>
      <div className="sidebar__group">
        {OWN_ITEMS.map((item) => (
          <NavItemLink key={item.to} {...item} />
        ))}
      </div>
      {me && <Channels userId={me._id} />}
      <div className="sidebar__group">
        <NavItemLink {...SETTINGS_ITEM} />
      </div>
    </nav>
  );
}

function Channels({ userId }: { userId: string }) {
  const { items } = usePages(subscriptionsQuery(userId));
  if (items.length === 0) return null;
  return (
    <div className="sidebar__group sidebar__channels">
      <h2 className="sidebar__title">{t('nav.yourChannels')}</h2>
      {items.slice(0, CHANNELS_MAX).map(({ channel }) => (
        <NavLink key={channel._id} to={paths.channel(channel.username)} className="nav-item">
          <Avatar src={channel.avatar} size={24} />
          <span className="nav-item__label">{channel.fullName}</span>
        </NavLink>
      ))}
    </div>
  );
}

export function TabBar() {
  return (
    <nav className="tabbar" aria-label={t('nav.main')}>
      {PHONE_ITEMS.map((item) => (
        <NavItemLink key={item.to} {...item} />
      ))}
    </nav>
  );
}
