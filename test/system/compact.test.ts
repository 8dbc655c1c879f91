/** `labelmill compact`: every record once, in order, as the latest retry left it, whatever dies on the way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { tableRow } from '../parts/table-row.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const child = fileURLToPath(new URL('../parts/compact-child.ts', import.meta.url));

/** Of a chunk's JSON lines, some 13 kB: each file ends with its first or second chunk; in Parquet one chunk later. */
const fileBytes = { parquet: 2_000, jsonl: 20_000, csv: 10_000 } as const;
type Format = keyof typeof fileBytes;

/** @returns the signal that ended it */
async function compactSmall(run: string, format: Format, crashAt?: string): Promise<NodeJS.Signals | null> {
  const args = ['--conditions=source', child, run, format, String(fileBytes[format]), '32'];
  const env = crashAt === undefined ? process.env : { ...process.env, LABELMILL_CRASH_AT: crashAt };
  const [status, signal] = await once(spawn(process.execPath, args, { env, stdio: 'inherit' }), 'close');
  if (signal === null) expect(status).toBe(0);
  return signal as NodeJS.Signals | null;
}

async function filesOf(run: string, format: Format): Promise<string[]> {
  const folder = join(run, 'compact', format);
  const names = await readdir(folder).catch(() => [] as string[]);
  return names
    .filter((name) => !name.startsWith('_'))
    .sort()
    .map((name) => join(folder, name));
}

async function parquetRows(run: string): Promise<Record<string, unknown>[]> {
  const rows = (await filesOf(run, 'parquet')).map(async (path) =>
    parquetReadObjects({
      file: new Uint8Array(await readFile(path)).buffer,
      compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
    }),
  );
  // hyparquet gives no value where a list or struct is null.
  return (await Promise.all(rows))
    .flat()
    .map((row) => ({ ...row, labels: row.labels ?? null, error: row.error ?? null }));
}

/** What a record is as a row. */
function rowOf(record: LabelRecord): Record<string, unknown> {
  return { ...tableRow(record), index: BigInt(record.index) };
}

async function jsonlRecords(run: string): Promise<LabelRecord[]> {
  const texts = await Promise.all((await filesOf(run, 'jsonl')).map((path) => readFile(path, 'utf8')));
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as LabelRecord);
}

describe('compact', () => {
  let folder: TemporaryFolder;
  let run: string;
  let source: string;

  /** Six chunks of 32, as `label` makes them; one image is missing when it is its turn, one is broken. */
  beforeAll(async () => {
    folder = await temporaryFolder();
    source = join(folder.path, 'photos');
    await mkdir(source);
    const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
    const paths = Array.from({ length: 170 }, (_, n) => join(source, `${String(n).padStart(3, '0')}.jpg`));
    for (const [n, path] of paths.entries()) await cp(join(photos, names[n % names.length] ?? ''), path);
    await writeFile(paths[40] ?? '', 'text');
    await rm(paths[70] ?? '');
    const list = join(folder.path, 'list.txt');
    await writeFile(list, paths.map((path) => `${path}\n`).join(''));
    await labelmill(['label', list, '--out', join(folder.path, 'runs')]);
    [run = ''] = await runFolders(join(folder.path, 'runs'));
    expect((await records(run)).filter(({ status }) => status === 'error')).toHaveLength(2);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  /** A copy, for tests that change it. */
  async function copyOf(name: string): Promise<string> {
    const copy = join(folder.path, name);
    await cp(run, copy, { recursive: true });
    return copy;
  }

  it('gives one file of each format, with the same records in each, and says the same again', async () => {
    const copy = await copyOf('formats');
    for (const format of ['parquet', 'jsonl', 'csv'] as const) {
      const first = await labelmill(['compact', copy, '--format', format, '--json']);
      expect(JSON.parse(first.stdout)).toMatchObject({ format, records: 170, files: [{}] });
      expect((await labelmill(['compact', copy, '--format', format, '--json'])).stdout).toBe(first.stdout);
    }
    const wanted = await records(copy);
    expect(await jsonlRecords(copy)).toEqual(wanted);
    expect(await parquetRows(copy)).toEqual(wanted.map(rowOf));
    const [csv = ''] = await filesOf(copy, 'csv');
    const lines = (await readFile(csv, 'utf8')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(171);
    const [first] = wanted;
    const best = first?.status === 'ok' ? first.labels[0] : undefined;
    expect(lines[1]).toContain(
      `0,${first?.uri},${first?.version},ok,${best?.id},${best?.label},${best?.score}`,
    );
  });

  it.each([
    ['compact-planned', 'parquet'],
    ['compact-file-created', 'parquet'],
    ['compact-file-created:2', 'parquet'],
    ['compact-file-created:2', 'jsonl'],
    ['compact-closed', 'parquet'],
  ] as const)('killed at %s, goes on behind the last file of %s and loses nothing', async (point, format) => {
    const copy = await copyOf(`${point}-${format}`);
    expect(await compactSmall(copy, format, point)).toBe('SIGKILL');
    const before = await filesOf(copy, format);
    const times = await Promise.all(before.map(async (path) => (await stat(path)).mtimeMs));
    expect(await compactSmall(copy, format)).toBeNull();
    const files = await filesOf(copy, format);
    expect(files.length).toBeGreaterThan(2);
    expect(files.slice(0, before.length)).toEqual(before);
    expect(await Promise.all(before.map(async (path) => (await stat(path)).mtimeMs))).toEqual(times);
    const found = format === 'parquet' ? await parquetRows(copy) : (await jsonlRecords(copy)).map(rowOf);
    expect(found).toEqual((await records(copy)).map(rowOf));
    // All but the last have the size that was asked for.
    const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(fileBytes[format]);
  });

  it('after a retry, takes what the retry made, also where a kill came while old files were removed', async () => {
    const copy = await copyOf('retried');
    await compactSmall(copy, 'parquet');
    const [part = ''] = (await readdir(join(copy, 'labels'))).slice(2, 3);
    const old = await readFile(join(copy, 'labels', part));
    await cp(join(photos, 'cat.jpg'), join(source, '070.jpg'));
    expect((await labelmill(['retry', copy, '--errors', 'not_found'])).status).toBe(3);
    const wanted = (await records(copy)).map(rowOf);
    expect(wanted[70]).toMatchObject({ status: 'ok' });
    // As if the retry had died before it showed its part.
    await writeFile(join(copy, 'labels', part), old);
    expect(await compactSmall(copy, 'parquet', 'compact-stale-removed')).toBe('SIGKILL');
    await compactSmall(copy, 'parquet');
    expect(await parquetRows(copy)).toEqual(wanted);
  });

  it('of a run that carries records has them too, and so have query and report', async () => {
    const few = join(folder.path, 'few');
    await mkdir(few);
    const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg')).sort();
    for (const name of names.slice(0, 10))
      await cp(join(photos, name), join(few, name), { preserveTimestamps: true });
    const label = ['label', few, '--out', join(folder.path, 'carrying')];
    await labelmill(label);
    for (const name of names.slice(10, 12)) await cp(join(photos, name), join(few, name));
    await labelmill([...label, '--only', 'changed']);
    const [, carrying = ''] = await runFolders(join(folder.path, 'carrying'));
    const ask = ['query', carrying, 'select uri, label from records order by uri', '--json'];
    const before = (await labelmill(ask)).stdout;
    await compactSmall(carrying, 'parquet');
    const rows = await parquetRows(carrying);
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(index)));
    expect(rows.map(({ uri }) => String(uri).split('/').at(-1)).sort()).toEqual(names.slice(0, 12));
    expect(before.trimEnd().split('\n')).toHaveLength(12);
    expect((await labelmill(ask)).stdout).toBe(before);
    const counted = JSON.parse((await labelmill(['verify', carrying, '--json'])).stdout);
    const reported = JSON.parse((await labelmill(['report', carrying, '--json'])).stdout);
    expect(counted).toMatchObject({ listed: 12, carried: 10 });
    expect(reported).toMatchObject({ listed: counted.listed, ok: counted.ok, error: counted.error });
  });

  it('of a run that carries records and was retried has each image once, in every format', async () => {
    const few = join(folder.path, 'few-retried');
    await mkdir(few);
    const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg')).sort();
    for (const name of names.slice(0, 8)) {
      await cp(join(photos, name), join(few, name), { preserveTimestamps: true });
    }
    const broken = join(few, 'broken.jpg');
    await writeFile(broken, 'text');
    const label = ['label', few, '--out', join(folder.path, 'carrying-retried')];
    await labelmill(label);
    for (const name of names.slice(8, 10)) await cp(join(photos, name), join(few, name));
    await labelmill([...label, '--only', 'changed']);
    const [, carrying = ''] = await runFolders(join(folder.path, 'carrying-retried'));
    // Compacted before the retry, so that each format has files that became stale.
    for (const format of ['parquet', 'jsonl', 'csv'] as const) await compactSmall(carrying, format);
    expect((await jsonlRecords(carrying)).filter(({ status }) => status === 'error')).toHaveLength(1);
    await cp(join(photos, names[10] ?? ''), broken);
    expect((await labelmill(['retry', carrying, '--errors', 'unsupported_format'])).status).toBe(0);
    for (const format of ['parquet', 'jsonl', 'csv'] as const) await compactSmall(carrying, format);
    const found = await jsonlRecords(carrying);
    expect(found.map(({ index }) => index)).toEqual(Array.from({ length: 11 }, (_, index) => index));
    expect(found.map(({ status }) => status)).toEqual(Array(11).fill('ok'));
    expect(found.map(({ uri }) => uri.split('/').at(-1)).sort()).toEqual(
      [...names.slice(0, 10), 'broken.jpg'].sort(),
    );
    expect(await parquetRows(carrying)).toEqual(found.map(rowOf));
    const [csv = ''] = await filesOf(carrying, 'csv');
    const lines = (await readFile(csv, 'utf8')).trimEnd().split('\r\n').slice(1);
    expect(lines.map((line) => line.split(',').slice(0, 2).join(','))).toEqual(
      found.map(({ index, uri }) => `${index},${uri}`),
    );
  });

  it('refuses a run that is not complete, and files that do not fit together', async () => {
    const copy = await copyOf('refused');
    await compactSmall(copy, 'jsonl');
    const [first = '', second = ''] = await filesOf(copy, 'jsonl');
    await rm(join(copy, 'compact/jsonl/_compact.json'));
    await rm(first);
    const gap = await labelmill(['compact', copy, '--format', 'jsonl']);
    expect(gap.status).toBe(1);
    expect(gap.stderr).toContain(`${second} begins with chunk`);
    expect(gap.stderr).toContain('[broken_compaction]');
    await rm(join(copy, '_SUCCESS'));
    const open = await labelmill(['compact', copy]);
    expect(open.status).toBe(2);
    expect(open.stderr).toMatch(/^labelmill: .* is not complete: .*\[not_complete\]$/m);
  });
});
