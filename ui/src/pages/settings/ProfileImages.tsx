import { useMutation } from '@tanstack/react-query';
import { setMe } from '../../api/account';
import { unwrap, api, multipart, mediaUrl } from '../../api/client';
import { queryClient } from '../../api/queries';
import type { CurrentUser } from '../../api/types';
import { ImagePicker } from '../../components/ImagePicker';
import { toast } from '../../components/toast';
import { t } from '../../texts';

export function ProfileImages({ me }: { me: CurrentUser }) {
  const options = {
    onSuccess: (account: CurrentUser) => {
      setMe(account);
      void queryClient.invalidateQueries({ queryKey: ['channel'] });
      toast(t('picture.saved'));
    },
    onError: (error: Error) => toast(error.message, 'error'),
  };
  const avatar = useMutation({
    mutationFn: (picture: Blob) => unwrap(api.PATCH('/api/v1/users/avatar', multipart({ avatar: picture }))),
    ...options,
  });
  const cover = useMutation({
    mutationFn: (picture: Blob) => unwrap(api.PATCH('/api/v1/users/cover-image', multipart({ coverImage: picture }))),
    ...options,
  });
  return (
    <div className="profile-images">
      <ImagePicker
        label={t('settings.avatar')}
        shape="round"
        image={avatar.isPending ? (avatar.variables ?? null) : null}
        current={mediaUrl(me.avatar)}
        onChange={avatar.mutate}
      />
      <ImagePicker
        label={t('settings.cover')}
        shape="wide"
        image={cover.isPending ? (cover.variables ?? null) : null}
        current={me.coverImage ? mediaUrl(me.coverImage) : undefined}
        onChange={cover.mutate}
      />
    </div>
  );
}
