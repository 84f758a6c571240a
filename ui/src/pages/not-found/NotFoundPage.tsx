import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { useTitle } from '../../components/hooks';
import { Notice } from '../../components/states';
import { paths } from '../../paths';
import { t } from '../../texts';

export function Component() {
  useTitle(t('missing.title'));
  return (
    <Notice
      icon={Compass}
      level={1}
      title={t('missing.title')}
      action={
        <Link to={paths.home()} className="button">
          {t('missing.home')}
        </Link>
      }
    >
      {t('missing.text')}
    </Notice>
  );
}
