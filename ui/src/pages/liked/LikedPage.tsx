import { ThumbsUp } from 'lucide-react';
import { api, unwrapPage } from '../../api/client';
import { PAGE_SIZE, usePages } from '../../api/queries';
import { RequireAuth } from '../../app/RequireAuth';
import { useTitle } from '../../components/hooks';
import { Notice } from '../../components/states';
import { t } from '../../texts';
import { VideoGrid } from '../../video/VideoGrid';

export function Component() {
  useTitle(t('nav.liked'));
  return (
    <div className="page">
      <h1>{t('nav.liked')}</h1>
      <RequireAuth>{() => <Liked />}</RequireAuth>
    </div>
  );
}

function Liked() {
  const liked = usePages(['liked'], async (cursor, signal) => {
    const list = await unwrapPage(
      api.GET('/api/v1/likes/videos', { params: { query: { cursor, limit: PAGE_SIZE } }, signal }),
    );
    return { ...list, items: list.items.map(({ video }) => video) };
  });
  return (
    <VideoGrid
      query={liked}
      empty={
        <Notice icon={ThumbsUp} title={t('liked.none')}>
          {t('liked.noneText')}
        </Notice>
      }
    />
  );
}
