import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { MAX_LENGTH } from '../../api/limits';
import { usePostLike } from '../../api/toggles';
import type { Post } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { LikeButton } from '../../components/LikeButton';
import { UserText } from '../../components/UserText';
import { paths } from '../../paths';
import { t } from '../../texts';
import { formatAgo, formatDateTime } from '../../texts/format';

const LABELS = { edit: 'posts.edit', delete: 'posts.delete', deleteText: 'posts.deleteText' } as const;

export function PostItem({ post }: { post: Post }) {
  const me = useMe();
  const like = usePostLike(post._id);
  const path = { tweetId: post._id };
  const edit = useMutation({
    mutationFn: (content: string) =>
      unwrap(api.PATCH('/api/v1/tweets/{tweetId}', { params: { path }, body: { content } })),
    onSuccess: invalidate.posts,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/tweets/{tweetId}', { params: { path } })),
    onSuccess: invalidate.posts,
  });
  const { owner } = post;
  return (
    <li className="post">
      <header className="post__head">
        <Link to={paths.channel(owner.username)} tabIndex={-1} aria-hidden>
          <Avatar src={owner.avatar} size={48} />
        </Link>
        <div>
          <Link to={paths.channel(owner.username)} className="post__name">
            {owner.fullName}
          </Link>
          <p className="muted">
            <time dateTime={post.createdAt} title={formatDateTime(post.createdAt)}>
              {formatAgo(post.createdAt)}
            </time>
            {post.updatedAt !== post.createdAt && ` · ${t('state.edited')}`}
          </p>
        </div>
      </header>
      <UserText
        text={post.content}
        isMine={me?._id === owner._id}
        labels={LABELS}
        maxLength={MAX_LENGTH['PATCH /tweets/{tweetId}'].content}
        edit={edit}
        remove={remove}
        iconSize={18}
        textClass="post__text"
        actionsClass="post__actions"
      >
        <LikeButton item={post} iconSize={18} onToggle={like.mutate} />
      </UserText>
    </li>
  );
}
