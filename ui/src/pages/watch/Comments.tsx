import { useMutation } from '@tanstack/react-query';
import { MessageCircle } from 'lucide-react';
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { MAX_LENGTH } from '../../api/limits';
import { usePages } from '../../api/pages';
import { commentsQuery } from '../../api/queries';
import { Avatar } from '../../components/Avatar';
import { GrowingText } from '../../components/Field';
import { useDraft, useReturnState } from '../../components/hooks';
import { Failure, LoadMore, Spinner } from '../../components/states';
import { paths } from '../../paths';
import { t } from '../../texts';
import { countComments } from '../../texts/format';
import { CommentItem } from './CommentItem';
import './comments.css';

interface Props {
  videoId: string;
  count: number;
  /** The video's owner, whose comments are highlighted. */
  ownerId: string;
}

export function Comments({ videoId, count, ownerId }: Props) {
  const me = useMe();
  const comments = usePages(commentsQuery(videoId));
  const total = comments.isSuccess ? comments.total : count;
  return (
    <section className="comments" data-waiting={comments.isPending || undefined} aria-label={t('comments.title')}>
      <h2>{countComments(total)}</h2>
      {me ? <NewComment videoId={videoId} avatar={me.avatar} /> : me === null && <LogInToComment />}
      {comments.isPending && <Spinner />}
      {comments.isError && comments.items.length === 0 && (
        <Failure error={comments.error} retry={() => void comments.refetch()} />
      )}
      {comments.isSuccess && comments.items.length === 0 && (
        <p className="comments__none muted">
          <MessageCircle size={20} aria-hidden /> {t('comments.none')}
        </p>
      )}
      <ul className="comments__list">
        {comments.items.map((comment) => (
          <CommentItem
            key={comment._id}
            comment={comment}
            videoId={videoId}
            isOwners={comment.owner._id === ownerId}
            isMine={comment.owner._id === me?._id}
          />
        ))}
      </ul>
      <LoadMore {...comments} />
    </section>
  );
}

function LogInToComment() {
  const returnState = useReturnState();
  return (
    <p className="comments__login">
      <Link to={paths.login()} state={returnState}>
        {t('comments.logIn')}
      </Link>
    </p>
  );
}

function NewComment({ videoId, avatar }: { videoId: string; avatar: string }) {
  const [text, setText] = useDraft(`comment.${videoId}`);
  const [isOpen, setOpen] = useState(false);
  const send = useMutation({
    mutationFn: () =>
      unwrap(api.POST('/api/v1/comments/{videoId}', { params: { path: { videoId } }, body: { content: text } })),
    onSuccess: async () => {
      setText('');
      setOpen(false);
      await invalidate.comments(videoId);
    },
  });
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (text.trim() && !send.isPending) send.mutate();
  };
  return (
    <form className="comment-form" onSubmit={submit}>
      <Avatar src={avatar} />
      <div className="comment-form__body">
        <GrowingText
          className="input comment-form__text"
          rows={1}
          value={text}
          maxLength={MAX_LENGTH['POST /comments/{videoId}'].content}
          placeholder={t('comments.write')}
          aria-label={t('comments.write')}
          onChange={(event) => setText(event.target.value)}
          onFocus={() => setOpen(true)}
          onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && submit(event)}
        />
        {(isOpen || text) && (
          <div className="comment-form__actions">
            <button
              type="button"
              className="button"
              data-variant="quiet"
              onClick={() => {
                setText('');
                setOpen(false);
              }}
            >
              {t('action.cancel')}
            </button>
            <button type="submit" className="button" disabled={!text.trim() || send.isPending}>
              {t('comments.send')}
            </button>
          </div>
        )}
      </div>
    </form>
  );
}
