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
          <Stats />
          <Uploader />
          <OwnVideos />
        </div>
      )}
    </RequireAuth>
  );
}

function Stats() {
  const { data } = useQuery(statsQuery());
  return (
    <dl className="figures">
      <Stat icon={Eye} label={t('stats.views')} value={data?.totalViews} />
      <Stat icon={Users} label={t('stats.subscribers')} value={data?.totalSubscribers} />
      <Stat icon={ThumbsUp} label={t('stats.likes')} value={data?.totalLikes} />
      <Stat icon={Clapperboard} label={t('stats.videos')} value={data?.totalVideos} />
    </dl>
  );
}

function Stat({ icon: Icon, label, value }: { icon: LucideIcon; label: string; value: number | undefined }) {
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
