import { CloudOff, LogIn, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'react-router';
import { ApiError } from '../api/client';
import { paths } from '../paths';
import { t } from '../texts';
import { useReturnState } from './hooks';
import './states.css';

interface Props {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** Heading level of the title. */
  level?: 1 | 2;
}

/** Fills a page or a section that has nothing else to show. */
export function Notice({ icon: Icon, title, children, action, level = 2 }: Props) {
  const Heading = `h${level}` as const;
  return (
    <section className="notice">
      <span className="notice__icon">
        <Icon size={32} aria-hidden />
      </span>
      <Heading className="notice__title">{title}</Heading>
      {children && <p>{children}</p>}
      {action && <div className="notice__action">{action}</div>}
    </section>
  );
}

/** Shows an error, and a button to try again. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  if (error instanceof ApiError && error.status === 401) {
    // Sites with PUBLIC_READS=false require an account.
    return <LogInNotice title={t('error.logIn')}>{t('error.logInText')}</LogInNotice>;
  }
  const isOffline = error instanceof ApiError && error.status === 0;
  return (
    <div role="alert">
      <Notice
        icon={isOffline ? CloudOff : TriangleAlert}
        title={t(isOffline ? 'error.offlineTitle' : 'error.title')}
        action={
          retry && (
            <button type="button" className="button" onClick={retry}>
              {t('action.retry')}
            </button>
          )
        }
      >
        {error.message}
      </Notice>
    </div>
  );
}

/** Asks to log in, and returns here afterwards. */
export function LogInNotice({
  icon = LogIn,
  title,
  children,
}: Pick<Props, 'title' | 'children'> & { icon?: LucideIcon }) {
  const returnState = useReturnState();
  return (
    <Notice
      icon={icon}
      title={title}
      action={
        <Link to={paths.login()} state={returnState} className="button">
          {t('account.logIn')}
        </Link>
      }
    >
      {children}
    </Notice>
  );
}

interface LoadMoreProps {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError?: boolean;
  fetchNextPage: () => unknown;
}

/** Fetches the next page before the end of a list is reached. The button is for keyboards and after errors. */
export function LoadMore({ hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage }: LoadMoreProps) {
  const mark = useRef<HTMLDivElement>(null);
  const isWaiting = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (!isWaiting || !mark.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && fetchNextPage(),
      { rootMargin: '800px' },
    );
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [isWaiting, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <div ref={mark} className="load-more">
      <button
        type="button"
        className="button"
        data-variant="quiet"
        disabled={isFetchingNextPage}
        onClick={() => fetchNextPage()}
      >
        {t(isFetchingNextPage ? 'state.loading' : 'action.more')}
      </button>
    </div>
  );
}

export function Spinner() {
  return (
    <div className="spinner" role="status">
      <span className="visually-hidden">{t('state.loading')}</span>
    </div>
  );
}
