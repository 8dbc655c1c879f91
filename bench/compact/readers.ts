/** Do pyarrow, pandas and DuckDB read what `compact` wrote? usage: readers.ts RUN, a folder with compact/parquet in it */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pythonVenv } from '../python-venv.ts';

const python = await pythonVenv(new URL('./', import.meta.url), 'test/system/query.test.ts reads it too');
const readers = fileURLToPath(new URL('./readers.py', import.meta.url));
const child = spawn(python, [readers, ...process.argv.slice(2)], { stdio: 'inherit' });
const [status] = await once(child, 'exit');
process.exit(status as number);
