import { useMutation } from '@tanstack/react-query';
import { ChevronDown, ChevronUp, GripVertical, X } from 'lucide-react';
import { useEffect, useRef, useState, type DragEvent } from 'react';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { inOrder, playlistQuery } from '../../api/playlist';
import { queryClient } from '../../api/query-client';
import type { PlaylistDetail, VideoSummary } from '../../api/types';
import { t } from '../../texts';
import { VideoCard } from '../../video/VideoCard';
import { moved } from './order';

/** The button to focus after a move: elements that are moved in the document lose the focus. */
interface Focus {
  videoId: string;
  direction: Direction;
}

type Direction = 'up' | 'down';

/** The videos of the viewer's own playlist. Reordered by dragging or with buttons. */
export function OwnList({ playlist }: { playlist: PlaylistDetail }) {
  const { videos } = playlist;
  const list = useRef<HTMLOListElement>(null);
  const [spoken, setSpoken] = useState('');
  const focus = useRef<Focus | null>(null);
  const order = useOrder(playlist);

  useEffect(() => {
    if (!focus.current) return;
    const { videoId, direction } = focus.current;
    focus.current = null;
    list.current?.querySelector<HTMLElement>(`[data-video="${videoId}"] [data-move="${direction}"]`)?.focus();
  }, [videos]);

  const move = (from: number, to: number) => {
    const video = videos[from];
    if (!video || to === from || to < 0 || to >= videos.length) return;
    setSpoken(t('playlist.moved', { title: video.title, at: to + 1, of: videos.length }));
    order.mutate(moved(videos, from, to));
  };
  const step = (video: VideoSummary, at: number, direction: Direction) => {
    focus.current = { videoId: video._id, direction };
    move(at, direction === 'up' ? at - 1 : at + 1);
  };
  const dragging = useDragging(move);

  return (
    <>
      <p className="visually-hidden" role="status">
        {spoken}
      </p>
      <ol className="playlist__videos" data-own ref={list}>
        {videos.map((video, at) => (
          <li key={video._id} data-video={video._id} {...dragging(at, video.title)}>
            <span className="playlist__number muted" title={t('playlist.grip')}>
              <GripVertical size={16} aria-hidden />
              {at + 1}
            </span>
            <VideoCard video={video} variant="row" list={playlist._id} />
            <div className="playlist__tools">
              <Step
                icon={ChevronUp}
                direction="up"
                label={t('playlist.up', { title: video.title })}
                isLast={at === 0}
                onPress={() => step(video, at, 'up')}
              />
              <Step
                icon={ChevronDown}
                direction="down"
                label={t('playlist.down', { title: video.title })}
                isLast={at === videos.length - 1}
                onPress={() => step(video, at, 'down')}
              />
              <Remove playlistId={playlist._id} videoId={video._id} title={video.title} />
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Returns the attributes of each item of a list whose items can be dragged to another place. */
function useDragging(move: (from: number, to: number) => void) {
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const end = () => {
    setDragged(null);
    setOver(null);
  };
  return (at: number, title: string) => ({
    draggable: true,
    'data-dragging': dragged === at || undefined,
    'data-drag-over':
      over === at && dragged !== null && dragged !== at ? (dragged < at ? 'below' : 'above') : undefined,
    onDragStart: (event: DragEvent) => {
      event.dataTransfer.effectAllowed = 'move';
      // Instead of the URL of the dragged link or image.
      event.dataTransfer.setData('text/plain', title);
      setDragged(at);
    },
    onDragOver: (event: DragEvent) => {
      if (dragged === null) return;
      event.preventDefault();
      setOver(at);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (dragged !== null) move(dragged, at);
      end();
    },
    onDragEnd: end,
  });
}

interface StepProps {
  icon: typeof ChevronUp;
  direction: Direction;
  label: string;
  /** Whether it is at the end already. The button stays focusable, so that the focus is not lost. */
  isLast: boolean;
  onPress: () => void;
}

function Step({ icon: Icon, direction, label, isLast, onPress }: StepProps) {
  return (
    <button
      type="button"
      className="icon-button"
      data-move={direction}
      aria-label={label}
      aria-disabled={isLast || undefined}
      onClick={() => !isLast && onPress()}
    >
      <Icon size={18} aria-hidden />
    </button>
  );
}

/** Reorders with an optimistic update. */
function useOrder(playlist: PlaylistDetail) {
  const { queryKey } = playlistQuery(playlist._id);
  return useMutation({
    scope: { id: `playlist-order-${playlist._id}` },
    mutationFn: (videos: readonly VideoSummary[]) =>
      unwrap(
        api.PATCH('/api/v1/playlist/{playlistId}/order', {
          params: { path: { playlistId: playlist._id } },
          body: { videos: videos.map((video) => video._id) },
        }),
      ),
    onMutate: async (videos) => {
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, inOrder(videos));
    },
    // More moves may be queued, so the playlist itself is fetched again only after an error.
    onSettled: (_data, error) => (error ? invalidate.playlists() : invalidate.playlistLists()),
  });
}

function Remove({ playlistId, videoId, title }: { playlistId: string; videoId: string; title: string }) {
  const remove = useMutation({
    mutationFn: () =>
      unwrap(
        api.PATCH('/api/v1/playlist/remove/{videoId}/{playlistId}', { params: { path: { videoId, playlistId } } }),
      ),
    onSuccess: invalidate.playlists,
  });
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={t('playlist.remove', { title })}
      disabled={remove.isPending}
      onClick={() => remove.mutate()}
    >
      <X size={18} aria-hidden />
    </button>
  );
}
