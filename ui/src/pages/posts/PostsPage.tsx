import { useMutation } from '@tanstack/react-query';
import { MessagesSquare } from 'lucide-react';
import type { FormEvent } from 'react';
import { api, unwrap } from '../../api/client';
import { invalidate } from '../../api/invalidate';
import { MAX_LENGTH } from '../../api/limits';
import { usePages } from '../../api/pages';
import { feedQuery } from '../../api/queries';
import type { CurrentUser } from '../../api/types';
import { RequireAuth } from '../../app/RequireAuth';
import { Avatar } from '../../components/Avatar';
import { GrowingText } from '../../components/Field';
import { useDraft, useTitle } from '../../components/hooks';
import { LogInNotice, Notice } from '../../components/states';
import { t } from '../../texts';
import { PostList } from './PostList';

export function Component() {
  useTitle(t('nav.posts'));
  return (
    <div className="page page--reading">
      <h1>{t('nav.posts')}</h1>
      <RequireAuth
        fallback={
          <LogInNotice icon={MessagesSquare} title={t('posts.logIn')}>
            {t('posts.logInText')}
          </LogInNotice>
        }
      >
        {(me) => <Feed me={me} />}
      </RequireAuth>
    </div>
  );
}

function Feed({ me }: { me: CurrentUser }) {
  const posts = usePages(feedQuery());
  return (
    <>
      <NewPost me={me} />
      <PostList
        query={posts}
        empty={
          <Notice icon={MessagesSquare} title={t('posts.none')}>
            {t('posts.noneText')}
          </Notice>
        }
      />
    </>
  );
}

function NewPost({ me }: { me: CurrentUser }) {
  const [text, setText] = useDraft('post');
  const send = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/tweets', { body: { content: text } })),
    onSuccess: async () => {
      setText('');
      await invalidate.posts();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <form className="post post--new" onSubmit={submit}>
      <Avatar src={me.avatar} size={48} />
      <div className="post__write">
        <GrowingText
          value={text}
          maxLength={MAX_LENGTH['POST /tweets'].content}
          placeholder={t('posts.write')}
          aria-label={t('posts.write')}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={!text.trim() || send.isPending}>
          {t('posts.send')}
        </button>
      </div>
    </form>
  );
}
