import { infiniteQueryOptions, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { keys } from '../../api/keys';
import { PAGE_SIZE, type Page } from '../../api/pages';
import type { SearchFilter, SearchPage, SearchResult } from '../../api/types';

interface FoundPage extends Page<SearchResult>, Pick<SearchPage, 'facets' | 'totalIsAtLeast' | 'didYouMean'> {}

export const searchQuery = (filter: SearchFilter) =>
  infiniteQueryOptions({
    queryKey: keys.search.resultsOf(filter),
    queryFn: async ({ pageParam, signal }): Promise<FoundPage> => {
      const query = { ...filter, cursor: pageParam, limit: PAGE_SIZE };
      const { docs, nextCursor, totalDocs, ...facts } = await unwrap(
        api.GET('/api/v1/search', { params: { query }, signal }),
      );
      return { items: docs, next: nextCursor ?? null, total: totalDocs, ...facts };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });

export type FoundQuery = UseInfiniteQueryResult<InfiniteData<FoundPage>>;
