// @vitest-environment node
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { generate, limits } from './api.js';

test('the client knows the API as it is; otherwise: npm run api', async () => {
  for (const { file, text } of await generate()) {
    expect(readFileSync(file, 'utf8') === text, `${basename(file.pathname)} is stale`).toBe(true);
  }
});

test('limits are found by request and field, in whichever form the body comes', () => {
  const schema = (field, maxLength) => ({ properties: { [field]: { type: 'string', maxLength }, other: {} } });
  const document = {
    components: { schemas: { Draft: schema('title', 200) } },
    paths: {
      '/api/v1/videos': {
        get: {},
        post: {
          requestBody: {
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Draft' } },
              'multipart/form-data': { schema: { allOf: [schema('description', 500)] } },
            },
          },
        },
      },
    },
  };
  expect(limits(document)).toEqual({ 'POST /videos': { title: 200, description: 500 } });
});
