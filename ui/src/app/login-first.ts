import { useLocation, useNavigate } from 'react-router';
import { useMe } from '../api/account';
import { toast } from '../components/toast';
import { t } from '../texts';

/** Does something for who is logged in, and sends others to log in and back. */
export function useLogInFirst(): (action: () => void) => void {
  const me = useMe();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  return (action) => {
    if (me) {
      action();
      return;
    }
    toast(t('account.logInFirst'));
    void navigate('/login', { state: { from: pathname + search } });
  };
}
