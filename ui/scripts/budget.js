// Fails if the compressed JavaScript of a page exceeds its budget.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const DIST = new URL('../dist', import.meta.url).pathname;
const KIB = 1024;
/** Pages, the modules they load, and their limits in KiB. */
const PAGES = [
  { page: 'home', roots: ['index.html'], limit: 120 },
  {
    page: 'watch',
    roots: ['index.html', 'src/pages/watch/WatchPage.tsx', 'src/player/Player.tsx', 'node_modules/hls.js/dist/hls.mjs'],
    limit: 300,
  },
  {
    page: 'shorts',
    roots: ['index.html', 'src/pages/shorts/ShortsPage.tsx', 'node_modules/hls.js/dist/hls.mjs'],
    limit: 300,
  },
];

const manifest = JSON.parse(readFileSync(join(DIST, 'manifest.json'), 'utf8'));

/** Collects the files of a module and of its static imports. */
function scripts(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the build; scripts/budget.js names what is no longer there`);
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const next of chunk.imports ?? []) scripts(next, seen);
  return seen;
}

/** Returns the compressed size in bytes. */
function weight(file) {
  const packed = join(DIST, `${file}.br`);
  return statSync(existsSync(packed) ? packed : join(DIST, file)).size;
}

let isOver = false;
for (const { page, roots, limit } of PAGES) {
  const files = new Set();
  for (const root of roots) scripts(root, files);
  const size = [...files].filter((file) => file.endsWith('.js')).reduce((sum, file) => sum + weight(file), 0) / KIB;
  const verdict = size > limit ? 'TOO MUCH' : 'fine';
  console.log(`${page}: ${size.toFixed(1)} KiB of JavaScript, compressed; at most ${limit}: ${verdict}`);
  isOver ||= size > limit;
}
if (isOver) process.exit(1);
