import { CloudOff, RefreshCw } from 'lucide-react';
import { useRouteError } from 'react-router';
import { Notice } from '../components/states';
import { t } from '../texts';

/** Whether a script of the page failed to load. */
const isMissingScript = (error: unknown) =>
  error instanceof Error && /import|module script|preload/i.test(error.message);

/** A script that is missing while the browser is online was replaced by a newer build. */
function reason(error: unknown) {
  if (!navigator.onLine) return { icon: CloudOff, title: t('error.offlineTitle'), text: t('crash.offlineText') };
  if (isMissingScript(error)) return { icon: RefreshCw, title: t('crash.stale'), text: t('crash.staleText') };
  return { icon: RefreshCw, title: t('crash.title'), text: t('crash.text') };
}

export function CrashPage() {
  const { icon, title, text } = reason(useRouteError());
  return (
    <div role="alert">
      <Notice
        icon={icon}
        level={1}
        title={title}
        action={
          <button type="button" className="button" onClick={() => location.reload()}>
            {t('crash.reload')}
          </button>
        }
      >
        {text}
      </Notice>
    </div>
  );
}
