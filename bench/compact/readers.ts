/**
 * Do the libraries that people use read what `compact` wrote, or Parquet parts, and do the lines of docs/querying.md do
 * what they say?
 *
 *   node --conditions=source bench/compact/readers.ts RUN [--spark]
 *
 * RUN: a folder with labels and compact/parquet in it, or with Parquet in labels and compact/jsonl. `--spark` installs Spark too (450 MB); it takes Java 17 or later.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonVenv } from '../python-venv.ts';

const [run = '', spark] = process.argv.slice(2);
const here = new URL('./', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, here));
const python = await pythonVenv(here, 'test/system/query.test.ts reads it too');
// What datasets keeps of a file would answer for it the next time.
const cache = await mkdtemp(join(tmpdir(), 'bench-compact-'));

async function runPython(...args: string[]): Promise<void> {
  const env = { ...process.env, HF_HOME: cache, HF_HUB_OFFLINE: '1' };
  const [status] = await once(spawn(python, args, { stdio: 'inherit', env }), 'exit');
  if (status !== 0) process.exitCode = 1;
}

try {
  if (spark === '--spark')
    await runPython('-m', 'pip', 'install', '--quiet', '-r', path('requirements-spark.txt'));
  await runPython(path('readers.py'), run);
  await runPython(path('one_liners.py'), path('../../docs/querying.md'), run);
} finally {
  await rm(cache, { recursive: true });
}
