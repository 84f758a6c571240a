import type { ReactNode } from 'react';
import type { PagedQuery } from '../../api/pages';
import type { Post } from '../../api/types';
import { Failure, LoadMore, Spinner } from '../../components/states';
import { PostItem } from './PostItem';
import './posts.css';

interface Props {
  query: PagedQuery<Post>;
  empty: ReactNode;
}

export function PostList({ query, empty }: Props) {
  if (query.isPending) return <Spinner />;
  if (query.isError && query.items.length === 0) return <Failure error={query.error} retry={() => query.refetch()} />;
  if (query.items.length === 0) return empty;
  return (
    <>
      <ul className="posts">
        {query.items.map((post) => (
          <PostItem key={post._id} post={post} />
        ))}
      </ul>
      <LoadMore {...query} />
    </>
  );
}
