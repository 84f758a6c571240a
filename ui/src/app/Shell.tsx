import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router';
import { useOnline } from '../components/hooks';
import { isReserved } from '../components/shortcuts';
import { Toaster } from '../components/toast';
import { isPage } from '../paths';
import { t } from '../texts';
import { SideBar, TabBar } from './navigation';
import { TopBar } from './TopBar';
import './shell.css';

const KeysDialog = lazy(() => import('./KeysDialog'));

/** The bars around every page but the embedded player. */
export function Shell() {
  const { pathname } = useLocation();
  const isLoading = useNavigation().state === 'loading';
  const isOnline = useOnline();
  const isWide = isPage('watch', pathname);
  return (
    <div className="shell" data-sidebar={isWide ? 'hidden' : undefined}>
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <TopBar />
      {isLoading && <div className="shell__progress" role="progressbar" aria-label={t('state.loading')} />}
      <SideBar />
      <Main />
      <TabBar />
      {!isOnline && (
        <p className="offline" role="status">
          {t('error.offline')}
        </p>
      )}
      <Toaster />
      <Keys />
      <ScrollRestoration />
    </div>
  );
}

/** Shortcuts of every page. */
function Keys() {
  const [isHelping, setHelping] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isReserved(event)) return;
      if (event.key === '?') setHelping(true);
      else if (event.key === '/') document.querySelector<HTMLInputElement>('#search')?.focus();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return <Suspense>{isHelping && <KeysDialog onClose={() => setHelping(false)} />}</Suspense>;
}

/** Moves the focus to the new page after a navigation, so that keyboards and screen readers start at its top. */
function Main() {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const last = useRef(pathname);
  useEffect(() => {
    // Tabs of a channel are one page.
    if (pageOf(last.current) !== pageOf(pathname)) main.current?.focus({ preventScroll: true });
    last.current = pathname;
  }, [pathname]);
  return (
    <main ref={main} id="main" className="shell__main" tabIndex={-1}>
      <Outlet />
    </main>
  );
}

const pageOf = (pathname: string) => pathname.split('/').slice(0, 3).join('/');
