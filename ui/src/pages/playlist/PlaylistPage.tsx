import { useMutation } from '@tanstack/react-query';
import { ListX, Pencil, Play, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useMe } from '../../api/account';
import { api, isNotFound, mediaUrl, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { usePlaylist } from '../../api/playlist';
import type { PlaylistDetail } from '../../api/types';
import { Confirm } from '../../components/Dialog';
import { useTitle } from '../../components/hooks';
import { RichText } from '../../components/RichText';
import { Failure, LoadMore, Notice, Spinner } from '../../components/states';
import { toast } from '../../components/toast';
import { paths } from '../../paths';
import { t } from '../../texts';
import { countVideos, countViews, formatAgo } from '../../texts/format';
import { VideoCard } from '../../video/VideoCard';
import { OwnList } from './OwnList';
import { PlaylistForm } from './PlaylistForm';
import './playlist.css';

export function Component() {
  const { playlistId = '' } = useParams();
  const me = useMe();
  const isOwn = (owner: string | undefined) => owner !== undefined && owner === me?._id;
  // Only a whole list can be put into another order.
  const { playlist, ...query } = usePlaylist(playlistId, (shown) => !isOwn(shown.owner._id));
  useTitle(playlist?.name);
  if (query.isPending) return <Spinner />;
  if (!playlist) {
    const { error } = query;
    if (error && !isNotFound(error)) return <Failure error={error} retry={() => void query.refetch()} />;
    return (
      <Notice icon={ListX} level={1} title={t('playlist.missing')}>
        {t('playlist.missingText')}
      </Notice>
    );
  }
  return (
    <Playlist playlist={playlist} isMine={isOwn(playlist.owner._id)} isWhole={!query.hasNextPage}>
      <LoadMore {...query} />
    </Playlist>
  );
}

interface Props {
  playlist: PlaylistDetail;
  isMine: boolean;
  /** Whether all videos are there. */
  isWhole: boolean;
  /** Follows the list. */
  children: ReactNode;
}

function Playlist({ playlist, isMine, isWhole, children }: Props) {
  const [first] = playlist.videos;
  return (
    <div className="page playlist">
      <header className="playlist__head">
        {first && <img className="playlist__cover" src={mediaUrl(first.thumbnail)} alt="" width={640} height={360} />}
        <h1>{playlist.name}</h1>
        <p>
          <Link to={paths.channel(playlist.owner.username)} className="playlist__owner">
            {playlist.owner.fullName}
          </Link>
        </p>
        <p className="playlist__facts muted">
          <span>{countVideos(playlist.totalVideos)}</span>
          <span>{countViews(playlist.totalViews)}</span>
          <span>{t('playlist.changed', { ago: formatAgo(playlist.updatedAt) })}</span>
        </p>
        <RichText text={playlist.description} className="playlist__about" />
        <div className="playlist__actions">
          {first && (
            <Link to={paths.watch(first._id, { list: playlist._id })} className="button">
              <Play size={20} fill="currentColor" aria-hidden />
              {t('playlist.play')}
            </Link>
          )}
          {isMine && <OwnActions playlist={playlist} />}
        </div>
      </header>
      {playlist.videos.length === 0 ? (
        <Notice icon={ListX} title={t('playlist.empty')}>
          {t('playlist.emptyText')}
        </Notice>
      ) : isMine && isWhole ? (
        <OwnList playlist={playlist} />
      ) : (
        <ol className="playlist__videos">
          {playlist.videos.map((video, at) => (
            <li key={video._id}>
              <span className="playlist__number muted">{at + 1}</span>
              <VideoCard video={video} variant="row" list={playlist._id} />
            </li>
          ))}
        </ol>
      )}
      {children}
    </div>
  );
}

function OwnActions({ playlist }: { playlist: PlaylistDetail }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const path = { playlistId: playlist._id };
  const edit = useMutation({
    mutationFn: (body: { name: string; description: string }) =>
      unwrap(api.PATCH('/api/v1/playlist/{playlistId}', { params: { path }, body })),
    onSuccess: async () => {
      setOpen(null);
      await invalidate.playlists();
    },
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/playlist/{playlistId}', { params: { path } })),
    onSuccess: () => {
      void invalidate.playlistDeleted(playlist._id);
      toast(t('playlist.deleted', { name: playlist.name }));
      void navigate(paths.playlists());
    },
  });
  return (
    <>
      <button type="button" className="icon-button" aria-label={t('playlist.edit')} onClick={() => setOpen('edit')}>
        <Pencil size={20} aria-hidden />
      </button>
      <button type="button" className="icon-button" aria-label={t('playlist.delete')} onClick={() => setOpen('delete')}>
        <Trash2 size={20} aria-hidden />
      </button>
      {open === 'edit' && (
        <PlaylistForm
          title={t('playlist.edit')}
          playlist={playlist}
          isBusy={edit.isPending}
          onSave={edit.mutate}
          onClose={() => setOpen(null)}
        />
      )}
      <Confirm
        open={open === 'delete'}
        title={t('playlist.delete')}
        description={t('playlist.deleteText', { name: playlist.name })}
        action={t('action.delete')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setOpen(null)}
      />
    </>
  );
}
