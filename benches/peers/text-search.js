// What databases search texts with, on the same texts: FTS5 in SQLite's own shell, which measures itself, so that nothing
// comes on top; and PostgreSQL's full text search and trigrams, through a prepared statement.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { processorMs, run } from '../measure/processes.js';

const HITS = 20;
const LAST_LINE = 'answered';

/** FTS5, ranked by bm25 with titles at ten times the weight. It forgives no typing error. */
export async function fts5({ texts, folder }) {
  const database = join(folder, 'fts5.db');
  await run('sqlite3', ['-bail', database], {
    // Commands of the shell begin a line.
    input: `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;
      CREATE TABLE texts (n INTEGER PRIMARY KEY, title TEXT, description TEXT, tags TEXT, views INTEGER);
      .mode tabs
      .import ${texts} texts
      CREATE VIRTUAL TABLE found USING fts5(title, description, content = texts, content_rowid = n, prefix = '2 3');
      INSERT INTO found (found) VALUES ('rebuild');
      ANALYZE;`.replaceAll(/^\s+/gm, ''),
  });
  const shell = spawn('sqlite3', [database], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  shell.stdin.write('PRAGMA cache_size = -400000;\n.timer on\n');
  return {
    name: 'FTS5 bm25',
    canForgive: false,
    async search(typed) {
      const words = typed.trim().split(' ').map((word) => `"${word}"`);
      const match = words.join(' ') + (typed.endsWith(' ') ? '' : '*');
      shell.stdin.write(
        `SELECT t.n, t.title FROM found JOIN texts t ON t.n = found.rowid WHERE found MATCH '${match}'
         ORDER BY bm25(found, 10.0, 1.0) LIMIT ${HITS};\n.print ${LAST_LINE}\n`,
      );
      let ms = 0;
      for (;;) {
        const { value: line } = await lines.next();
        if (line === LAST_LINE) return ms;
        ms = Number(/Run Time: real (\S+)/.exec(line)?.[1] ?? ms / 1000) * 1000;
      }
    },
    processorMs: () => processorMs([shell.pid]),
    async stop() {
      shell.stdin.end();
      if (shell.exitCode === null) await once(shell, 'exit');
      rmSync(database);
    },
  };
}

/** Words by `ts_rank`, which forgives no typing error, and titles by trigrams, which do. */
export async function postgresSearches({ texts, url, postmaster }) {
  await run('psql', ['--quiet', '-v', 'ON_ERROR_STOP=1', url], {
    input: `SET maintenance_work_mem = '512MB';
      CREATE EXTENSION pg_trgm;
      CREATE TABLE texts (n BIGINT PRIMARY KEY, title TEXT, description TEXT, tags TEXT, views BIGINT);
      \\copy texts FROM '${texts}'
      ALTER TABLE texts ADD words TSVECTOR GENERATED ALWAYS AS
        (setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', description), 'D')) STORED;
      CREATE INDEX ON texts USING gin (words);
      CREATE INDEX ON texts USING gin (title gin_trgm_ops);
      VACUUM ANALYZE texts;`.replaceAll(/^\s+/gm, ''),
  });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const timed = async (name, text, values) => {
    const begun = performance.now();
    await client.query({ name, text, values });
    return performance.now() - begun;
  };
  const common = { processorMs: () => processorMs([postmaster]) };
  return [
    {
      ...common,
      name: 'ts_rank',
      canForgive: false,
      search(typed) {
        const wanted = typed.trim().split(' ').join(' & ') + (typed.endsWith(' ') ? '' : ':*');
        return timed(
          'words',
          `SELECT n, title FROM texts, to_tsquery('simple', $1) wanted WHERE words @@ wanted
           ORDER BY ts_rank(words, wanted) DESC LIMIT ${HITS}`,
          [wanted],
        );
      },
      stop: async () => undefined,
    },
    {
      ...common,
      name: 'pg_trgm, titles only',
      canForgive: true,
      search: (typed) =>
        timed(
          'trigrams',
          `SELECT n, title FROM texts WHERE $1 <% title ORDER BY $1 <<-> title LIMIT ${HITS}`,
          [typed.trim()],
        ),
      stop: () => client.end(),
    },
  ];
}
