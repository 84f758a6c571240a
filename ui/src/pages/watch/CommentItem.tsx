import { useMutation } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { MAX_LENGTH } from '../../api/limits';
import { useCommentLike } from '../../api/toggles';
import type { Comment } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { Confirm } from '../../components/Dialog';
import { EditText } from '../../components/EditText';
import { LikeButton } from '../../components/LikeButton';
import { RichText } from '../../components/RichText';
import { paths } from '../../paths';
import { t } from '../../texts';
import { formatAgo, formatDateTime } from '../../texts/format';

interface Props {
  comment: Comment;
  videoId: string;
  isOwners: boolean;
  isMine: boolean;
}

export function CommentItem({ comment, videoId, isOwners, isMine }: Props) {
  const [mode, setMode] = useState<'read' | 'edit' | 'delete'>('read');
  const like = useCommentLike(videoId, comment._id);
  const { owner } = comment;
  const path = { commentId: comment._id };
  const options = {
    onSuccess: async () => {
      await invalidate.comments(videoId);
      setMode('read');
    },
  };
  const edit = useMutation({
    mutationFn: (content: string) =>
      unwrap(api.PATCH('/api/v1/comments/c/{commentId}', { params: { path }, body: { content } })),
    ...options,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/comments/c/{commentId}', { params: { path } })),
    ...options,
  });
  return (
    <li className="comment">
      <Link to={paths.channel(owner.username)} tabIndex={-1} aria-hidden>
        <Avatar src={owner.avatar} />
      </Link>
      <div className="comment__body">
        <p className="comment__head">
          <Link to={paths.channel(owner.username)} className="comment__name" data-owner={isOwners || undefined}>
            {owner.fullName}
          </Link>
          <time className="muted" dateTime={comment.createdAt} title={formatDateTime(comment.createdAt)}>
            {formatAgo(comment.createdAt)}
          </time>
          {comment.updatedAt !== comment.createdAt && <span className="muted">{t('state.edited')}</span>}
        </p>
        {mode === 'edit' ? (
          <EditText
            text={comment.content}
            label={t('comments.edit')}
            maxLength={MAX_LENGTH['PATCH /comments/c/{commentId}'].content}
            isBusy={edit.isPending}
            onSave={(content) => edit.mutate(content)}
            onCancel={() => setMode('read')}
          />
        ) : (
          <>
            <RichText text={comment.content} />
            <div className="comment__actions">
              <LikeButton item={comment} iconSize={16} onToggle={like.mutate} />
              {isMine && (
                <>
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={t('comments.edit')}
                    onClick={() => setMode('edit')}
                  >
                    <Pencil size={16} aria-hidden />
                  </button>
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={t('comments.delete')}
                    onClick={() => setMode('delete')}
                  >
                    <Trash2 size={16} aria-hidden />
                  </button>
                </>
              )}
            </div>
          </>
        )}
      </div>
      <Confirm
        open={mode === 'delete'}
        title={t('comments.delete')}
        description={t('comments.deleteText')}
        action={t('action.delete')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setMode('read')}
      />
    </li>
  );
}
