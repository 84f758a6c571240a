import { useMutation, useQuery } from '@tanstack/react-query';
import { ListVideo, Plus } from 'lucide-react';
import { useState } from 'react';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { playlistsQuery } from '../../api/queries';
import type { CurrentUser } from '../../api/types';
import { RequireAuth } from '../../app/RequireAuth';
import { useTitle } from '../../components/hooks';
import { Notice } from '../../components/states';
import { toast } from '../../components/toast';
import { t } from '../../texts';
import { PlaylistForm } from './PlaylistForm';
import { PlaylistGrid } from './PlaylistGrid';

export function Component() {
  useTitle(t('nav.playlists'));
  return <RequireAuth>{(me) => <Playlists me={me} />}</RequireAuth>;
}

function Playlists({ me }: { me: CurrentUser }) {
  const playlists = useQuery(playlistsQuery(me._id));
  const [isOpen, setOpen] = useState(false);
  const create = useMutation({
    mutationFn: (body: { name: string; description: string }) => unwrap(api.POST('/api/v1/playlist', { body })),
    onSuccess: async ({ name }) => {
      setOpen(false);
      toast(t('playlist.created', { name }));
      await invalidate.playlists();
    },
  });
  const button = (
    <button type="button" className="button" onClick={() => setOpen(true)}>
      <Plus size={20} aria-hidden />
      {t('playlist.new')}
    </button>
  );
  return (
    <div className="page">
      <header className="page__head">
        <h1>{t('nav.playlists')}</h1>
        {button}
      </header>
      <PlaylistGrid
        query={playlists}
        empty={
          <Notice icon={ListVideo} title={t('playlist.none')}>
            {t('playlist.noneText')}
          </Notice>
        }
      />
      {isOpen && (
        <PlaylistForm
          title={t('playlist.new')}
          isBusy={create.isPending}
          onSave={create.mutate}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
