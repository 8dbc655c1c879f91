/**
 * The same job by DuckDB: a run's parts as one sorted file. Prints seconds and the most memory as JSON.
 * usage: duckdb-child.ts RUN parquet|jsonl TO
 */
import { join } from 'node:path';
import { openDuckDb } from '@labelmill/cli/query/duckdb';
import { recordsView } from '@labelmill/cli/query/records-view';
import { filesIn } from './run-files.ts';

const [run = '', format = '', to = ''] = process.argv.slice(2);
const options = { parquet: 'FORMAT parquet, COMPRESSION zstd', jsonl: 'FORMAT json' }[format] ?? '';
const began = performance.now();
const parts = await filesIn(join(run, 'labels'));
using engine = await openDuckDb(new AbortController().signal);
const paths = parts.map(({ path }) => path);
await engine.run(recordsView([{ format: 'jsonl', paths }]));
// JSON lines do without the best label's columns, as ours do.
const columns = format === 'parquet' ? '*' : 'index, uri, version, status, labels, error';
await engine.run(`COPY (SELECT ${columns} FROM records ORDER BY index) TO '${to}' (${options})`);
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
