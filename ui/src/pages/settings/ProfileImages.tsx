import { useMutation } from '@tanstack/react-query';
import { updateMe } from '../../api/account';
import { api, mediaUrl, multipart, unwrap } from '../../api/client';
import type { CurrentUser } from '../../api/types';
import { ImagePicker } from '../../components/ImagePicker';
import { toast } from '../../components/toast';
import { t } from '../../texts';

export function ProfileImages({ me }: { me: CurrentUser }) {
  const options = {
    onSuccess: (account: CurrentUser) => {
      updateMe(account);
      toast(t('image.saved'));
    },
  };
  const avatar = useMutation({
    mutationFn: (image: Blob) => unwrap(api.PATCH('/api/v1/users/avatar', multipart({ avatar: image }))),
    ...options,
  });
  const cover = useMutation({
    mutationFn: (image: Blob) => unwrap(api.PATCH('/api/v1/users/cover-image', multipart({ coverImage: image }))),
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
