/** A closed run of any size, written as labelmill writes runs, whose images are all one file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

export interface LargeRun {
  readonly images: number;
  /** Names the image. */
  readonly uri: string;
  readonly version?: string;
  /** What a record says beside index, URI and version; by index. */
  readonly record: (index: number) => Record<string, unknown>;
}

const id = '20260101-000000000-large';

/** At most 16,384 images, which fit into one chunk. Returns the run's folder. */
export async function writeLargeRun(
  out: string,
  { images, uri, version, record }: LargeRun,
): Promise<string> {
  const folder = join(out, id);
  await mkdir(join(folder, 'manifest'), { recursive: true });
  await mkdir(join(folder, 'labels'));
  const digest = `sha256:${'0'.repeat(64)}`;
  const digests = { weights: digest, graph: digest, preprocessing: digest, labelMap: digest };
  const bundle = { name: 'large-fp32', digest, digests, trained: true };
  const base = { format: 1, id, created: '2026-01-01T00:00:00.000Z', bundle };
  const source = {
    kind: 'manifest',
    uri: pathToFileURL(join(out, 'list.txt')).href,
    include: [],
    exclude: [],
  };
  const all = Array.from({ length: images }, (_, index) => ({ index, uri, ...(version ? { version } : {}) }));
  const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const records = all.map((image) => ({ ...image, ...record(image.index) }));
  const failed = records.filter((row) => 'error' in row) as unknown as { error: { code: string } }[];
  const errors: Record<string, number> = {};
  for (const { error } of failed) errors[error.code] = (errors[error.code] ?? 0) + 1;
  const files: [string, string | Uint8Array][] = [
    [
      'run.json',
      JSON.stringify({ ...base, source, preprocessing: {}, topK: 5, chunkSize: 16_384, createOnce: true }),
    ],
    ['manifest/00000000.jsonl.gz', gzipSync(lines(all))],
    ['manifest/listed.json', JSON.stringify({ segments: 1, chunks: 1, images, skipped: 0 })],
    ['labels/part-00000000.jsonl', lines(records)],
    [
      'summary.json',
      JSON.stringify({
        run: id,
        bundle,
        listed: images,
        ok: images - failed.length,
        error: failed.length,
        errors,
        chunks: 1,
        created: base.created,
        finished: '2026-01-01T01:00:00.000Z',
      }),
    ],
    ['_SUCCESS', ''],
  ];
  for (const [name, body] of files) await writeFile(join(folder, name), body);
  return folder;
}
