// @vitest-environment node
import { expect, test } from 'vitest';
import { current, kept } from './api.js';

test('the client knows the API as it is; otherwise: npm run api', async () => {
  const now = await current();
  const then = kept();
  expect(then.document === now.document, 'openapi.json is stale').toBe(true);
  expect(then.types === now.types, 'src/api/schema.d.ts is stale').toBe(true);
});
