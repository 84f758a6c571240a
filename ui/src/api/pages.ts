import { infiniteQueryOptions, useInfiniteQuery, type keepPreviousData, type QueryKey } from '@tanstack/react-query';

/** Items per request. */
export const PAGE_SIZE = 24;

/** One page of a list, in the same form for all endpoints. */
export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}

/** Query options of a list with infinite scrolling. */
export function pagesOptions<T>(
  queryKey: QueryKey,
  fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => fetch(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.next ?? undefined,
  });
}

type PagesOptions<T> = ReturnType<typeof pagesOptions<T>>;

interface Behaviour {
  enabled?: boolean;
  placeholderData?: typeof keepPreviousData;
}

export function usePages<T>(options: PagesOptions<T>, behaviour: Behaviour = {}) {
  const query = useInfiniteQuery({ ...options, ...behaviour });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...query, items, total: query.data?.pages[0]?.total ?? 0 };
}

export type PagedQuery<T> = ReturnType<typeof usePages<T>>;
