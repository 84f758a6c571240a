import { expect, test } from 'vitest';
import type { Reason, Recommended } from '../../api/types';
import { reasonOf } from './reason';

const tea = { _id: 'v1', title: 'How tea is made' };

test.each<[Reason, string]>([
  [{ kind: 'subscription', channel: 'u1' }, 'From your subscriptions'],
  [{ kind: 'related', video: tea }, 'Because you watched “How tea is made”'],
  [{ kind: 'similar', video: tea }, 'Similar to “How tea is made”'],
  [{ kind: 'related' }, 'Popular'],
  [{ kind: 'channel', channel: 'u1' }, 'More from Asha'],
  [{ kind: 'trending' }, 'Trending'],
  [{ kind: 'popular' }, 'Popular'],
  [{ kind: 'new' }, 'New'],
])('%o is “%s”', (reason, expected) => {
  expect(reasonOf({ reason, owner: { fullName: 'Asha' } } as Recommended)).toBe(expected);
});
