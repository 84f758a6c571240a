import { MutationCache, QueryClient } from '@tanstack/react-query';
import { toast } from '../components/toast';
import { ApiError } from './client';

declare module '@tanstack/react-query' {
  interface Register {
    mutationMeta: {
      /** Set where the form shows the error itself: no toast then. */
      showsError?: boolean;
    };
  }
}

export const queryClient = new QueryClient({
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, { meta }) => {
      if (!meta?.showsError) toast(error.message, 'error');
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // Fail while offline, instead of waiting silently.
      networkMode: 'always',
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
    mutations: { networkMode: 'always' },
  },
});
