import { useNavigate } from 'react-router';
import { useMe } from '../api/account';
import { paths } from '../paths';
import { t } from '../texts';
import { toast } from './toast';

/** Returns a function that runs an action if the viewer is logged in, and otherwise sends them to log in and back. */
export function useLogInFirst(): (action: () => void) => void {
  const me = useMe();
  const navigate = useNavigate();
  return (action) => {
    if (me) {
      action();
      return;
    }
    toast(t('account.logInFirst'));
    // Shorts change the address without the router.
    void navigate(paths.login(), { state: { from: location.pathname + location.search } });
  };
}
