import { GalleryVertical } from 'lucide-react';
import { Notice } from '../components/states';
import { t } from '../texts';

export function NoShorts() {
  return (
    <Notice icon={GalleryVertical} title={t('shorts.none')}>
      {t('shorts.noneText')}
    </Notice>
  );
}
