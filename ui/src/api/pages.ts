import { infiniteQueryOptions, useInfiniteQuery, type keepPreviousData, type QueryKey } from '@tanstack/react-query';

/** Items fetched at once. */
export const PAGE_SIZE = 24;

/** A part of a list, however the API pages it. */
export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}

/** Query options of a list that goes on as long as one scrolls. */
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
