import { ArrowLeft, Plus, Search, Settings, UserRound } from 'lucide-react';
import { lazy, useState } from 'react';
import { Link, useLocation } from 'react-router';
import { useMe } from '../api/account';
import { useReturnState } from '../components/hooks';
import { LazyMenu } from '../components/LazyMenu';
import { isPage, paths } from '../paths';
import { t } from '../texts';
import { AccountButton } from './AccountButton';
import { SearchBox } from './SearchBox';

const AccountMenu = lazy(() => import('./AccountMenu'));

export function TopBar() {
  const me = useMe();
  const [isSearching, setSearching] = useState(false);
  return (
    <header className="topbar" data-searching={isSearching || undefined}>
      <Link to={paths.home()} className="topbar__brand" aria-label={t('nav.homeOf')}>
        <img src="/favicon.svg" alt="" width={32} height={32} />
        <span>Chaitube</span>
      </Link>
      <div className="topbar__search">
        <button
          type="button"
          className="icon-button topbar__back"
          aria-label={t('action.back')}
          onClick={() => setSearching(false)}
        >
          <ArrowLeft size={22} aria-hidden />
        </button>
        <SearchBox onDone={() => setSearching(false)} isOpen={isSearching} />
      </div>
      <div className="topbar__end">
        <button
          type="button"
          className="icon-button topbar__find"
          aria-label={t('nav.search')}
          onClick={() => setSearching(true)}
        >
          <Search size={22} aria-hidden />
        </button>
        {me && (
          <Link to={paths.studio()} className="button topbar__create" data-variant="quiet">
            <Plus size={20} aria-hidden />
            <span>{t('nav.create')}</span>
          </Link>
        )}
        {me === null && (
          <>
            {/* On phones this is the only link to the settings. */}
            <Link to={paths.settings()} className="icon-button topbar__settings" aria-label={t('nav.settings')}>
              <Settings size={22} aria-hidden />
            </Link>
            <LogInLink />
          </>
        )}
        {me && (
          <LazyMenu button={<AccountButton avatar={me.avatar} />}>
            <AccountMenu me={me} />
          </LazyMenu>
        )}
        {me === undefined && <span className="skeleton topbar__me" aria-hidden />}
      </div>
    </header>
  );
}

/** Returns to the current page afterwards. */
function LogInLink() {
  const { pathname } = useLocation();
  const returnState = useReturnState();
  const isHere = isPage('login', pathname) || isPage('register', pathname);
  return (
    <Link to={paths.login()} state={isHere ? undefined : returnState} className="button" data-variant="outline">
      <UserRound size={18} aria-hidden />
      <span>{t('account.logIn')}</span>
    </Link>
  );
}
