import { useMutation } from '@tanstack/react-query';
import { ListVideo, Plus } from 'lucide-react';
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { queryClient, usePlaylists } from '../../api/queries';
import type { Account } from '../../api/types';
import { Members } from '../../app/RequireAuth';
import { useTitle } from '../../components/hooks';
import { Notice } from '../../components/states';
import { say } from '../../components/toast';
import { t } from '../../texts';
import { PlaylistForm } from './PlaylistForm';
import { PlaylistGrid } from './PlaylistGrid';

export function Component() {
  useTitle(t('nav.playlists'));
  return <Members>{(me) => <Playlists me={me} />}</Members>;
}

function Playlists({ me }: { me: Account }) {
  const playlists = usePlaylists(me._id);
  const [isOpen, setOpen] = useState(false);
  const create = useMutation({
    mutationFn: (body: { name: string; description: string }) => answer(api.POST('/api/v1/playlist', { body })),
    onSuccess: async ({ name }) => {
      setOpen(false);
      say(t('playlist.created', { name }));
      await queryClient.invalidateQueries({ queryKey: ['playlists', me._id] });
    },
    onError: (error) => say(error.message, 'bad'),
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
