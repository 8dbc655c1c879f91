/** `--format parquet`: the parts are small Parquet files, and all that is done with a run goes as with JSON lines. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDuckDb } from '@labelmill/cli/query/duckdb';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAccount } from '../chaos/check-account.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { Serving } from '../parts/serve.ts';
import { tableRow } from '../parts/table-row.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
/** Three chunks of 32, as `label` makes them; the broken one is in the second. */
const count = 70;
const broken = 40;
const named = (n: number) => `${String(n).padStart(3, '0')}.jpg`;

let folder: TemporaryFolder;
let source: string;
let whole: Buffer;

beforeAll(async () => {
  folder = await temporaryFolder();
  source = join(folder.path, 'photos');
  await mkdir(source);
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg')).sort();
  for (let n = 0; n < count; n++)
    await cp(join(photos, names[n % names.length] ?? ''), join(source, named(n)));
  whole = await readFile(join(source, named(broken)));
  await writeFile(join(source, named(broken)), whole.subarray(0, 3000));
});
afterAll(() => folder[Symbol.asyncDispose]());

async function label(out: string, ...args: string[]): Promise<string> {
  const { status } = await labelmill(['label', source, '--out', join(folder.path, out), ...args]);
  expect(status).toBe(3);
  return (await runFolders(join(folder.path, out))).at(-1) ?? '';
}

const rowsOf = (all: readonly LabelRecord[]) => all.map(tableRow);

async function queried(run: string): Promise<unknown[]> {
  const { stdout } = await labelmill(['query', run, 'select * from records order by index', '--json']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a run in Parquet parts', () => {
  let run: string;
  let lines: string;

  beforeAll(async () => {
    run = await label('runs', '--format', 'parquet');
    lines = await label('lines');
  });

  it('holds the records that it holds in JSON lines, and says so in run.json', async () => {
    expect((await readdir(join(run, 'labels'))).sort()).toEqual([
      'part-00000000.parquet',
      'part-00000001.parquet',
      'part-00000002.parquet',
    ]);
    expect(JSON.parse(await readFile(join(run, 'run.json'), 'utf8')).partFormat).toBe('parquet');
    const wanted = await records(lines);
    expect(wanted).toHaveLength(count);
    expect((await records(run)).map((record) => JSON.stringify(record))).toEqual(
      wanted.map((record) => JSON.stringify(record)),
    );
  });

  it('is read by DuckDB from its folder, without a compaction', async () => {
    using engine = await openDuckDb(new AbortController().signal);
    const rows: unknown[] = [];
    const { columns, batches } = await engine.query(
      `SELECT * REPLACE (index::INTEGER AS index) FROM '${run}/labels/*.parquet' ORDER BY index`,
    );
    for await (const batch of batches)
      for (const row of batch) rows.push(Object.fromEntries(columns.map((name, at) => [name, row[at]])));
    expect(rows).toEqual(rowsOf(await records(lines)));
  });

  it('is verified, queried, compared, reported and compacted as one in JSON lines is', async () => {
    const verified = await labelmill(['verify', run, '--json']);
    expect(verified.status).toBe(3);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      listed: count,
      ok: count - 1,
      error: 1,
      differences: [],
    });
    const wanted = rowsOf(await records(lines));
    expect(await queried(run)).toEqual(wanted);
    const { changed, counts } = JSON.parse((await labelmill(['diff', lines, run, '--json'])).stdout);
    expect(changed).toEqual([]);
    expect(counts).toMatchObject({ same: count - 1 });
    expect((await labelmill(['report', run])).status).toBe(0);
    expect(await readFile(join(run, 'report.html'), 'utf8')).toContain('undecodable');
    for (const format of ['jsonl', 'parquet']) {
      for (const of of [run, lines]) await labelmill(['compact', of, '--format', format]);
      const [file = ''] = (await readdir(join(run, 'compact', format))).filter(
        (name) => !name.startsWith('_'),
      );
      const bytes = await readFile(join(run, 'compact', format, file));
      expect(bytes.equals(await readFile(join(lines, 'compact', format, file)))).toBe(true);
      expect(await queried(run)).toEqual(wanted);
    }
  });

  it('is what an unfinished run of the same request goes on with, and not one in JSON lines', async () => {
    await rm(join(lines, '_SUCCESS'));
    const again = await labelmill([
      ...['label', source, '--out', join(folder.path, 'lines')],
      '--format',
      'parquet',
    ]);
    expect(again.stderr).not.toContain('unfinished');
    const resumed = await labelmill(['label', source, '--out', join(folder.path, 'lines')]);
    expect(resumed.stderr).toContain('going on with the unfinished run');
  });

  it('is shown by the page', async () => {
    await using serving = await Serving.start(join(folder.path, 'runs'));
    const id = run.slice(run.lastIndexOf('/') + 1);
    const { total, images } = await serving.get(`/api/runs/${id}/images?limit=${count}`);
    expect(total).toBe(count);
    expect(images.map(({ record }: { record: LabelRecord }) => record)).toEqual(await records(run));
    expect(await serving.get(`/api/runs/${id}/facets`)).toMatchObject({
      ok: count - 1,
      errors: { undecodable: 1 },
    });
  });

  it.each([
    ['parquet', 'jsonl'],
    ['jsonl', 'parquet'],
  ])('is carried: %s records by a run in %s, which are all there again', async (from, to) => {
    const out = `carried-${from}`;
    const earlier = await label(out, '--format', from);
    const later = await label(out, '--format', to, '--only', 'changed');
    const summary = JSON.parse(await readFile(join(later, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ listed: count, carried: count - 1, error: 1 });
    expect((await labelmill(['verify', later])).status).toBe(3);
    const rows = (await queried(later)) as { uri: string; labels: unknown }[];
    const byUri = (a: { uri: string }, b: { uri: string }) => (a.uri < b.uri ? -1 : 1);
    const seen = (all: { uri: string; labels: unknown }[]) =>
      all.sort(byUri).map(({ uri, labels }) => ({ uri, labels }));
    expect(seen(rows)).toEqual(seen(rowsOf(await records(earlier))));
  });
});

describe('a retry of a run in Parquet parts', () => {
  let closed: string;

  beforeAll(async () => {
    closed = await label('retried', '--format', 'parquet');
    await writeFile(join(source, named(broken)), whole);
  });
  afterAll(() => writeFile(join(source, named(broken)), whole.subarray(0, 3000)));

  it.each([null, 'retried-part-created', 'part-replaced'])(
    'killed at %s is completed by resume with the old records and the new one',
    async (point) => {
      const run = join(folder.path, `retried-${point}`);
      await cp(closed, run, { recursive: true });
      const env = point === null ? {} : { LABELMILL_CRASH_AT: point };
      const ended = await labelmill(['retry', run, '--errors', 'all'], { env });
      if (point === null) expect(ended.status).toBe(0);
      else {
        expect(ended.signal).toBe('SIGKILL');
        expect((await labelmill(['resume', run])).status).toBe(0);
      }
      expect(await readdir(join(run, 'retries/00000001'))).toContain('part-00000001.parquet');
      const uris = Array.from({ length: count }, (_, n) => pathToFileURL(join(source, named(n))).href);
      const exact = { lost: 0, duplicated: 0, closed: true, ok: count, errors: {} };
      expect(await checkAccount(run, uris)).toEqual(exact);
      const others = (all: readonly LabelRecord[]) => all.filter(({ index }) => index !== broken);
      expect(others(await records(run))).toEqual(others(await records(closed)));
      expect((await labelmill(['verify', run])).status).toBe(0);
    },
  );
});

it('a damaged part costs no image: its chunk waits, and is labelled once the file is removed', async () => {
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const out = join(folder.path, 'damaged');
  const asked = ['enqueue', photos, '--out', out, '--chunk-size', '4', '--format', 'parquet', '--json'];
  const { run } = JSON.parse((await labelmill(asked, { env })).stdout);
  const [path = ''] = await runFolders(out);
  const part = join(path, 'labels/part-00000001.parquet');
  await mkdir(join(path, 'labels'));
  await writeFile(part, 'PAR1 and no more');
  await using worker = new LabelmillProcess(['worker'], { env });
  await worker.says('"broken_part"');
  expect(worker.output.stdout).toContain('part-00000001.parquet cannot be read as Parquet');
  await rm(part);
  expect((await labelmill(['wait', run], { env })).status).toBe(0);
  expect((await records(path)).map(({ status }) => status)).toEqual(Array(15).fill('ok'));
  const verified = await labelmill(['verify', path]);
  expect(verified.status).toBe(0);
  await writeFile(part, (await readFile(part)).subarray(100));
  expect((await labelmill(['verify', path])).stdout).toContain('cannot be read as Parquet');
});
