import type { QueryKey } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Post } from '../../api/types';
import { Failure, LoadMore, Spinner } from '../../components/states';
import { PostItem } from './PostItem';
import './posts.css';

interface Props {
  query: {
    items: Post[];
    isPending: boolean;
    isError: boolean;
    error: Error | null;
    refetch: () => unknown;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
  };
  listKey: QueryKey;
  empty: ReactNode;
}

export function PostList({ query, listKey, empty }: Props) {
  if (query.isPending) return <Spinner />;
  if (query.isError && query.items.length === 0)
    return <Failure error={query.error ?? new Error()} retry={() => query.refetch()} />;
  if (query.items.length === 0) return empty;
  return (
    <>
      <ul className="posts">
        {query.items.map((post) => (
          <PostItem key={post._id} post={post} listKey={listKey} />
        ))}
      </ul>
      <LoadMore {...query} />
    </>
  );
}
