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
  const texts = await Promise.all(parts.map((name) => readFile(join(labels, name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LabelRecord),
  );
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
  const files = await Promise.all(
    names.map(async (name) =>
      parquetReadObjects({
        file: new Uint8Array(await readFile(join(folder, name))).buffer,
        compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
      }),
    ),
  );
  return files.flat() as unknown as FeatureRow[];
}
