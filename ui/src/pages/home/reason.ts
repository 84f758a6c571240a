import type { Recommended } from '../../api/types';
import { t } from '../../texts';

/** Says why a video is recommended. */
export function reasonOf({ reason, owner }: Recommended): string {
  const { kind, video } = reason;
  switch (kind) {
    case 'subscription':
      return t('reason.subscription');
    case 'channel':
      return t('reason.channel', { name: owner.fullName });
    case 'related':
    case 'similar':
      return video ? t(`reason.${kind}`, { title: video.title }) : t('reason.popular');
    default:
      return t(`reason.${kind}`);
  }
}
