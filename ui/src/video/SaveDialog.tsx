import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { api, unwrap } from '../api/client';
import { invalidate } from '../api/invalidate';
import { MAX_LENGTH } from '../api/limits';
import { playlistsQuery } from '../api/queries';
import type { PlaylistSummary } from '../api/types';
import { Dialog } from '../components/Dialog';
import { TextField } from '../components/Field';
import { Failure, Spinner } from '../components/states';
import { toast } from '../components/toast';
import { t } from '../texts';

interface Props {
  videoId: string;
  userId: string;
  onClose: () => void;
}

/** Adds a video to the viewer's playlists, or removes it. */
export function SaveDialog({ videoId, userId, onClose }: Props) {
  const playlists = useQuery(playlistsQuery(userId, videoId));
  return (
    <Dialog open onClose={onClose} title={t('save.title')}>
      {playlists.isPending && <Spinner />}
      {playlists.isError && <Failure error={playlists.error} retry={() => void playlists.refetch()} />}
      <div className="save-list">
        {playlists.data?.map((playlist) => (
          <Entry key={playlist._id} playlist={playlist} videoId={videoId} />
        ))}
      </div>
      <NewPlaylist videoId={videoId} />
    </Dialog>
  );
}

const setInPlaylist = (videoId: string, playlistId: string, isIn: boolean) => {
  const params = { params: { path: { videoId, playlistId } } };
  return unwrap(
    isIn
      ? api.PATCH('/api/v1/playlist/remove/{videoId}/{playlistId}', params)
      : api.PATCH('/api/v1/playlist/add/{videoId}/{playlistId}', params),
  );
};

function Entry({ playlist, videoId }: { playlist: PlaylistSummary; videoId: string }) {
  const isIn = playlist.containsVideo ?? false;
  const toggle = useMutation({
    mutationFn: () => setInPlaylist(videoId, playlist._id, isIn),
    onSuccess: invalidate.playlists,
  });
  return (
    <label className="check">
      {/* Shows the new state while the request is pending. */}
      <input
        type="checkbox"
        checked={isIn !== toggle.isPending}
        disabled={toggle.isPending}
        onChange={() => toggle.mutate()}
      />
      <span>{playlist.name}</span>
    </label>
  );
}

function NewPlaylist({ videoId }: { videoId: string }) {
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: async () => {
      // The API requires a description.
      const playlist = await unwrap(api.POST('/api/v1/playlist', { body: { name, description: name } }));
      await setInPlaylist(videoId, playlist._id, false);
      return playlist;
    },
    onSuccess: async (playlist) => {
      setName('');
      toast(t('save.saved', { name: playlist.name }));
      await invalidate.playlists();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form className="save-new" onSubmit={onSubmit}>
      <TextField
        label={t('playlist.new')}
        value={name}
        maxLength={MAX_LENGTH['POST /playlist'].name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button" disabled={!name.trim() || create.isPending}>
        <Plus size={18} aria-hidden />
        {t('action.create')}
      </button>
    </form>
  );
}
