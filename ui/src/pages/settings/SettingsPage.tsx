import type { ReactNode } from 'react';
import { useMe } from '../../api/account';
import { useTitle } from '../../components/hooks';
import { t } from '../../texts';
import { Appearance } from './Appearance';
import { DeleteAccount } from './DeleteAccount';
import { Password } from './Password';
import { Profile } from './Profile';
import { ProfileImages } from './ProfileImages';
import { Recommendations } from './Recommendations';
import { Sessions } from './Sessions';
import './settings.css';

/** Appearance for everybody, the rest for viewers with an account. */
export function Component() {
  useTitle(t('nav.settings'));
  const me = useMe();
  return (
    <div className="page page--reading settings">
      <h1>{t('nav.settings')}</h1>
      <Section title={t('settings.appearance')}>
        <Appearance />
      </Section>
      {me && (
        <>
          <Section title={t('settings.profile')}>
            <Profile me={me} />
          </Section>
          <Section title={t('settings.images')}>
            <ProfileImages me={me} />
          </Section>
          <Section title={t('settings.recommendations')}>
            <Recommendations />
          </Section>
          <Section title={t('settings.password')}>
            <Password />
          </Section>
          <Section title={t('settings.sessions')}>
            <Sessions />
          </Section>
          <Section title={t('settings.delete')}>
            <DeleteAccount />
          </Section>
        </>
      )}
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card stack">
      <h2>{title}</h2>
      {children}
    </section>
  );
}
