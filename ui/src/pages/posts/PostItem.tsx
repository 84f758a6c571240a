import { useMutation } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { MAX_LENGTH } from '../../api/limits';
import { usePostLike } from '../../api/toggles';
import type { Post } from '../../api/types';
import { Avatar } from '../../components/Avatar';
import { Confirm } from '../../components/Dialog';
import { EditText } from '../../components/EditText';
import { LikeButton } from '../../components/LikeButton';
import { RichText } from '../../components/RichText';
import { paths } from '../../paths';
import { t } from '../../texts';
import { formatAgo, formatDateTime } from '../../texts/format';

export function PostItem({ post }: { post: Post }) {
  const me = useMe();
  const [mode, setMode] = useState<'read' | 'edit' | 'delete'>('read');
  const like = usePostLike(post._id);
  const path = { tweetId: post._id };
  const options = {
    onSuccess: async () => {
      await invalidate.posts();
      setMode('read');
    },
  };
  const edit = useMutation({
    mutationFn: (content: string) =>
      unwrap(api.PATCH('/api/v1/tweets/{tweetId}', { params: { path }, body: { content } })),
    ...options,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/tweets/{tweetId}', { params: { path } })),
    ...options,
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
      {mode === 'edit' ? (
        <EditText
          text={post.content}
          label={t('posts.edit')}
          maxLength={MAX_LENGTH['PATCH /tweets/{tweetId}'].content}
          isBusy={edit.isPending}
          onSave={(text) => edit.mutate(text)}
          onCancel={() => setMode('read')}
        />
      ) : (
        <>
          <RichText text={post.content} className="post__text" />
          <div className="post__actions">
            <LikeButton item={post} iconSize={18} onToggle={like.mutate} />
            {me?._id === owner._id && (
              <>
                <button
                  type="button"
                  className="icon-button"
                  aria-label={t('posts.edit')}
                  onClick={() => setMode('edit')}
                >
                  <Pencil size={18} aria-hidden />
                </button>
                <button
                  type="button"
                  className="icon-button"
                  aria-label={t('posts.delete')}
                  onClick={() => setMode('delete')}
                >
                  <Trash2 size={18} aria-hidden />
                </button>
              </>
            )}
          </div>
        </>
      )}
      <Confirm
        open={mode === 'delete'}
        title={t('posts.delete')}
        description={t('posts.deleteText')}
        action={t('action.delete')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setMode('read')}
      />
    </li>
  );
}
