import { ThumbsUp } from 'lucide-react';
import { usePages } from '../../api/pages';
import { likedQuery } from '../../api/queries';
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
  const liked = usePages(likedQuery());
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
