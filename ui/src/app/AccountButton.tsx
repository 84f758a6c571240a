import type { ComponentProps } from 'react';
import { Avatar } from '../components/Avatar';
import { t } from '../texts';

export function AccountButton({ avatar, ...button }: { avatar: string } & ComponentProps<'button'>) {
  return (
    <button type="button" className="icon-button" aria-label={t('account.menu')} {...button}>
      <Avatar src={avatar} />
    </button>
  );
}
