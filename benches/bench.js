// Runs the parts that it is told, or all, and writes RESULTS.md. scripts/bench.sh installs and builds what it needs.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { begin, writeChart, writeSection } from './measure/report.js';

const PARTS = ['reads', 'search', 'writes', 'bytes', 'uploads', 'pipeline', 'memory', 'page'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { videos: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const quick = values.quick;
const videos = Number(values.videos ?? (quick ? 1_000 : 100_000));
const folder = join(process.env.BENCH_FOLDER, 'work');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const parts = await Promise.all(PARTS.map((name) => import(`./parts/${name}.js`)));
const titles = parts.map(({ title }) => title);
for (const [at, name] of PARTS.entries()) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n== ${name} ==`);
  begin();
  // What was measured in haste is not kept.
  const text = await parts[at].measure({ videos, quick, folder, draw: quick ? () => undefined : writeChart });
  console.log(text);
  if (!quick) writeSection(parts[at].title, text, titles);
}
rmSync(folder, { recursive: true, force: true });
