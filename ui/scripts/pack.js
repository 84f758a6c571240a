// Compresses the build, so that the server can embed the files and send them as they are.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const DIST = new URL('../dist', import.meta.url).pathname;
const TEXTS = /\.(js|css|html|svg|json|webmanifest|txt)$/;

for (const entry of readdirSync(DIST, { recursive: true })) {
  const path = join(DIST, entry);
  if (!statSync(path).isFile() || !TEXTS.test(path)) continue;
  const bytes = readFileSync(path);
  const options = {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  };
  for (const [suffix, packed] of [
    ['.br', brotliCompressSync(bytes, options)],
    ['.gz', gzipSync(bytes, { level: 9 })],
  ]) {
    if (packed.length < bytes.length) writeFileSync(path + suffix, packed);
  }
}
