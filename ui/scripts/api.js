// Takes the API's description from where the server's tests keep it, and makes the types of the client from it.

import { readFileSync, writeFileSync } from 'node:fs';
import openapi, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const SNAPSHOT = new URL('../../tests/api/snapshots/api__description__openapi.snap', import.meta.url);
const DOCUMENT = new URL('../openapi.json', import.meta.url);
const TYPES = new URL('../src/api/schema.d.ts', import.meta.url);

/** What the three files should hold. */
export async function current() {
  const [, , description] = readFileSync(SNAPSHOT, 'utf8').split(/^---\n/m);
  const document = JSON.parse(description);
  const types = COMMENT_HEADER + astToString(await openapi(document));
  return { document: `${JSON.stringify(document, null, 2)}\n`, types };
}

/** What they do hold. */
export function kept() {
  return { document: readFileSync(DOCUMENT, 'utf8'), types: readFileSync(TYPES, 'utf8') };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { document, types } = await current();
  writeFileSync(DOCUMENT, document);
  writeFileSync(TYPES, types);
}
