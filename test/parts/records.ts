/** Reads runs on disk as any consumer would: with nothing of labelmill's. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { parquetReadObjects } from 'hyparquet';

/** Folders of runs below `out`, oldest first; none where `out` is not there. */
export async function runFolders(out: string): Promise<string[]> {
  const names = await readdir(out).catch(() => [] as string[]);
  return names
    .filter((name) => /^\d{8}-/.test(name))
    .sort()
    .map((name) => join(out, name));
}

/** All records of a run, part by part. */
export async function records(run: string): Promise<LabelRecord[]> {
  const labels = join(run, 'labels');
  const parts = (await readdir(labels)).filter((name) => name.startsWith('part-')).sort();
  const read = await Promise.all(
    parts.map((name) => (name.endsWith('.parquet') ? parquetRecords : jsonRecords)(join(labels, name))),
  );
  return read.flat();
}

async function jsonRecords(part: string): Promise<LabelRecord[]> {
  const lines = (await readFile(part, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as LabelRecord);
}

async function parquetRecords(part: string): Promise<LabelRecord[]> {
  return (await rowsOf(part)).map(({ index, uri, version, status, labels, error }) => {
    const base = { index: Number(index), uri, ...(version == null ? {} : { version }), status };
    return { ...base, ...(status === 'ok' ? { labels } : { error }) } as LabelRecord;
  });
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({
    file: new Uint8Array(await readFile(path)).buffer,
    compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
  });
}

export interface FeatureRow {
  readonly index: bigint;
  readonly uri: string;
  readonly version: string | null;
  readonly features: number[];
}

/** All features of a run, file by file, as a Parquet reader gives them. */
export async function featureRows(run: string): Promise<FeatureRow[]> {
  const folder = join(run, 'features');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.parquet')).sort();
  const files = await Promise.all(names.map((name) => rowsOf(join(folder, name))));
  return files.flat() as unknown as FeatureRow[];
}
