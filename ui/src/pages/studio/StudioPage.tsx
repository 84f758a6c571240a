import { useQuery } from '@tanstack/react-query';
import { Clapperboard, Eye, ThumbsUp, Users, type LucideIcon } from 'lucide-react';
import { statsQuery } from '../../api/queries';
import { RequireAuth } from '../../app/RequireAuth';
import { useTitle } from '../../components/hooks';
import { t } from '../../texts';
import { formatNumber } from '../../texts/format';
import { OwnVideos } from './OwnVideos';
import { Uploader } from './Uploader';
import './studio.css';

export function Component() {
  useTitle(t('nav.studio'));
  return (
    <RequireAuth>
      {() => (
        <div className="page studio">
          <h1>{t('nav.studio')}</h1>
          <Figures />
          <Uploader />
          <OwnVideos />
        </div>
      )}
    </RequireAuth>
  );
}

function Figures() {
  const { data } = useQuery(statsQuery());
  return (
    <dl className="figures">
      <Figure icon={Eye} label={t('stats.views')} value={data?.totalViews} />
      <Figure icon={Users} label={t('stats.subscribers')} value={data?.totalSubscribers} />
      <Figure icon={ThumbsUp} label={t('stats.likes')} value={data?.totalLikes} />
      <Figure icon={Clapperboard} label={t('stats.videos')} value={data?.totalVideos} />
    </dl>
  );
}

function Figure({ icon: Icon, label, value }: { icon: LucideIcon; label: string; value: number | undefined }) {
  return (
    <div className="figure">
      <dt>
        <Icon size={18} aria-hidden />
        {label}
      </dt>
      <dd>{value === undefined ? <span className="skeleton skeleton--number" aria-hidden /> : formatNumber(value)}</dd>
    </div>
  );
}
