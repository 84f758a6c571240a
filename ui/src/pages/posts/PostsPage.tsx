import { useMutation } from '@tanstack/react-query';
import { MessagesSquare } from 'lucide-react';
import type { FormEvent } from 'react';
import { Link } from 'react-router';
import { useMe } from '../../api/account';
import { answer, api } from '../../api/client';
import { fetchPosts, queryClient, usePages, useSubscriptions } from '../../api/queries';
import type { Account, Post } from '../../api/types';
import { Avatar } from '../../kit/Avatar';
import { GrowingText } from '../../kit/Field';
import { useDraft, useTitle } from '../../kit/hooks';
import { Notice, Spinner } from '../../kit/states';
import { say } from '../../kit/toast';
import { t } from '../../texts';
import { PostList } from './PostList';

/** Channels whose posts are gathered; the API has no feed of its own. */
const CHANNELS_MAX = 24;
const POSTS_EACH = 12;

export function Component() {
  useTitle(t('nav.posts'));
  const me = useMe();
  if (me === undefined) return <Spinner />;
  return (
    <div className="page page--reading">
      <h1>{t('nav.posts')}</h1>
      {me ? <Feed me={me} /> : <LoggedOut />}
    </div>
  );
}

function LoggedOut() {
  return (
    <Notice
      icon={MessagesSquare}
      title={t('posts.logIn')}
      action={
        <Link to="/login" state={{ from: '/posts' }} className="button">
          {t('account.logIn')}
        </Link>
      }
    >
      {t('posts.logInText')}
    </Notice>
  );
}

function Feed({ me }: { me: Account }) {
  const subscriptions = useSubscriptions(me._id);
  const ids = [me._id, ...subscriptions.items.slice(0, CHANNELS_MAX).map(({ channel }) => channel._id)];
  const listKey = ['posts', 'feed', ...ids];
  const posts = usePages<Post>(
    listKey,
    async (_, signal) => {
      const lists = await Promise.all(ids.map((id) => fetchPosts(id, { limit: POSTS_EACH }, signal)));
      const items = lists.flatMap((list) => list.items).sort((one, other) => other.createdAt.localeCompare(one.createdAt));
      return { items, next: null, total: items.length };
    },
    { enabled: !subscriptions.isPending },
  );
  return (
    <>
      <NewPost me={me} />
      <PostList
        query={posts}
        listKey={listKey}
        empty={
          <Notice icon={MessagesSquare} title={t('posts.none')}>
            {t('posts.noneText')}
          </Notice>
        }
      />
    </>
  );
}

function NewPost({ me }: { me: Account }) {
  const [text, setText] = useDraft('post');
  const send = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/tweets', { body: { content: text } })),
    onSuccess: async () => {
      setText('');
      await queryClient.invalidateQueries({ queryKey: ['posts'] });
    },
    onError: (error) => say(error.message, 'bad'),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <form className="post post--new" onSubmit={submit}>
      <Avatar src={me.avatar} size={48} />
      <div className="post__write">
        <GrowingText value={text} maxLength={5000} placeholder={t('posts.write')} aria-label={t('posts.write')} onChange={(event) => setText(event.target.value)} />
        <button type="submit" className="button" disabled={!text.trim() || send.isPending}>
          {t('posts.send')}
        </button>
      </div>
    </form>
  );
}
