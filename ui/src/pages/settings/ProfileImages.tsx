import { useMutation } from '@tanstack/react-query';
import { rememberMe } from '../../api/account';
import { answer, api, form, media } from '../../api/client';
import { queryClient } from '../../api/queries';
import type { Account } from '../../api/types';
import { PicturePicker } from '../../components/ImagePicker';
import { say } from '../../components/toast';
import { t } from '../../texts';

export function Pictures({ me }: { me: Account }) {
  const options = {
    onSuccess: (account: Account) => {
      rememberMe(account);
      void queryClient.invalidateQueries({ queryKey: ['channel'] });
      say(t('picture.saved'));
    },
    onError: (error: Error) => say(error.message, 'bad'),
  };
  const avatar = useMutation({
    mutationFn: (picture: Blob) => answer(api.PATCH('/api/v1/users/avatar', form({ avatar: picture }))),
    ...options,
  });
  const cover = useMutation({
    mutationFn: (picture: Blob) => answer(api.PATCH('/api/v1/users/cover-image', form({ coverImage: picture }))),
    ...options,
  });
  return (
    <div className="pictures">
      <PicturePicker
        label={t('settings.avatar')}
        shape="round"
        picture={avatar.isPending ? (avatar.variables ?? null) : null}
        current={media(me.avatar)}
        onChange={avatar.mutate}
      />
      <PicturePicker
        label={t('settings.cover')}
        shape="wide"
        picture={cover.isPending ? (cover.variables ?? null) : null}
        current={me.coverImage ? media(me.coverImage) : undefined}
        onChange={cover.mutate}
      />
    </div>
  );
}
