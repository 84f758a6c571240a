import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { MAX_LENGTH } from '../../api/limits';
import { useCommentLike } from '../../api/toggles';
import type { Comment } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { LikeButton } from '../../components/LikeButton';
import { UserText } from '../../components/UserText';
import { paths } from '../../paths';
import { t } from '../../texts';
import { formatAgo, formatDateTime } from '../../texts/format';

interface Props {
  comment: Comment;
  videoId: string;
  isOwners: boolean;
  isMine: boolean;
}

const LABELS = { edit: 'comments.edit', delete: 'comments.delete', deleteText: 'comments.deleteText' } as const;

export function CommentItem({ comment, videoId, isOwners, isMine }: Props) {
  const like = useCommentLike(videoId, comment._id);
  const { owner } = comment;
  const path = { commentId: comment._id };
  const onSuccess = () => invalidate.comments(videoId);
  const edit = useMutation({
    mutationFn: (content: string) =>
      unwrap(api.PATCH('/api/v1/comments/c/{commentId}', { params: { path }, body: { content } })),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/comments/c/{commentId}', { params: { path } })),
    onSuccess,
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
        <UserText
          text={comment.content}
          isMine={isMine}
          labels={LABELS}
          maxLength={MAX_LENGTH['PATCH /comments/c/{commentId}'].content}
          edit={edit}
          remove={remove}
          iconSize={16}
          actionsClass="comment__actions"
        >
          <LikeButton item={comment} iconSize={16} onToggle={like.mutate} />
        </UserText>
      </div>
    </li>
  );
}
