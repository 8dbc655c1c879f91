/**
 * Compaction of a large run: records/s, memory and sizes, beside DuckDB doing the same.
 *
 *   node --conditions=source bench/compact/main.ts RUN
 *
 * RUN: a folder that bench/compact/write-run.ts made, of 6 million records or more for several files of Parquet.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from '../child.ts';
import { writeReport } from '../report.ts';
import { watchLabelmill } from '../watched-command.ts';
import { recordSums } from './record-sums.ts';
import { filesIn, type LocalFile } from './run-files.ts';

interface Measured {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly files: readonly LocalFile[];
}

const [run = ''] = process.argv.slice(2);
const formats = ['parquet', 'jsonl'] as const;
type Format = (typeof formats)[number];
const names = { parquet: 'Parquet', jsonl: 'JSON lines' };
const least = 128 * 2 ** 20;
const most = 512 * 10 ** 6;

async function byDuckDb(format: Format): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-compact-'));
  try {
    const to = join(folder, `records.${format}`);
    const printed = await runScript(new URL('./duckdb-child.ts', import.meta.url), [run, format, to]);
    return { ...JSON.parse(printed), files: await filesIn(folder) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function byLabelmill(format: Format): Promise<Measured> {
  const folder = join(run, 'compact', format);
  await rm(folder, { recursive: true, force: true });
  const { seconds, peakBytes } = await watchLabelmill(['compact', run, '--format', format], {}).ended;
  return { seconds, peakBytes, files: await filesIn(folder) };
}

const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
const parts = (await filesIn(join(run, 'labels'))).map(({ path }) => path);
const wanted = await recordSums('jsonl', parts);
const records = Number(/records (\d+)/.exec(wanted)?.[1]);
const rows: string[][] = [];
const checks = [];
const data: Record<string, object> = {};
const row = (what: string, { seconds, peakBytes, files }: Measured) =>
  rows.push([
    what,
    seconds.toFixed(1),
    Math.round(records / seconds).toLocaleString('en'),
    String(mebibytes(peakBytes)),
    files.map(({ bytes }) => mebibytes(bytes)).join(' + '),
  ]);
for (const format of formats) {
  const theirs = await byDuckDb(format);
  const ours = await byLabelmill(format);
  row(`compact, ${names[format]}`, ours);
  row(`DuckDB, ${names[format]}`, theirs);
  data[format] = { ours, theirs };
  const found = await recordSums(
    format,
    ours.files.map(({ path }) => path),
  );
  if (found !== wanted) throw new Error(`${format}: ${found} where the parts have ${wanted}`);
  const whole = ours.files.slice(0, -1).map(({ bytes }) => bytes);
  checks.push(
    { what: `${names[format]}: speed against DuckDB's`, figure: theirs.seconds / ours.seconds, bar: 0.5 },
    {
      what: `${names[format]}: memory, MiB`,
      figure: mebibytes(ours.peakBytes),
      bar: 800,
      sense: 'at most' as const,
    },
    { what: `${names[format]}: smallest file but the last, bytes`, figure: Math.min(...whole), bar: least },
    {
      what: `${names[format]}: largest file, bytes`,
      figure: Math.max(...whole),
      bar: most,
      sense: 'at most' as const,
    },
  );
}
await writeReport('compact', {
  title: `Compaction of ${records.toLocaleString('en')} records`,
  command: 'node --conditions=source bench/compact/main.ts RUN',
  about: `A synthetic run of ${records.toLocaleString('en')} records with five labels each, in parts of 256, on the local disk, made by \`bench/compact/write-run.ts\`; \`labelmill compact\`, and DuckDB's \`COPY (SELECT … ORDER BY index)\` over the same parts in the same columns, on all cores. Count, distinct indexes and a sum over the hashes of all records are those of the parts.`,
  columns: ['what', 'seconds', 'records/s', 'memory at most (MiB)', 'files (MiB)'],
  rows,
  checks,
  data,
});
