import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { maxSegmentImages } from '@labelmill/shared/run/segment';
import { isNew, key, version } from './keys.ts';

const id = '20260101-000000000-large';

/** A closed run of all keys but the new ones, as labelmill writes runs, without its parts: a merge does not read them. */
export async function writeEarlierRun(out: string, all: number): Promise<string> {
  const folder = join(out, id);
  await mkdir(join(folder, 'manifest'), { recursive: true });
  const digest = `sha256:${'0'.repeat(64)}`;
  const digests = { weights: digest, graph: digest, preprocessing: digest, labelMap: digest };
  const bundle = { name: 'large-fp32', digest, digests, trained: true };
  const created = '2026-01-01T00:00:00.000Z';
  const source = { kind: 'listing', uri: 's3://photos-of-2026/originals/', include: [], exclude: [] };
  const run = { format: 1, id, created, bundle, source, preprocessing: {}, topK: 5, chunkSize: 256 };
  let [images, segments] = [0, 0];
  let lines: string[] = [];
  const writeSegment = async () => {
    const name = `manifest/${String(segments++).padStart(8, '0')}.jsonl.gz`;
    await writeFile(join(folder, name), await promisify(gzip)(lines.join(''), { level: 1 }));
    lines = [];
  };
  for (let n = 0; n < all; n++) {
    if (isNew(n)) continue;
    const image = { index: images++, uri: key(n, all), version: version(n, false), bytes: 150_000 };
    lines.push(`${JSON.stringify(image)}\n`);
    if (lines.length === maxSegmentImages) await writeSegment();
  }
  if (lines.length > 0) await writeSegment();
  const counts = { listed: images, ok: images, error: 0, errors: {}, chunks: Math.ceil(images / 256) };
  await writeFile(join(folder, 'run.json'), JSON.stringify({ ...run, createOnce: true }));
  await writeFile(
    join(folder, 'summary.json'),
    JSON.stringify({ run: id, bundle, ...counts, created, finished: created }),
  );
  await writeFile(join(folder, '_SUCCESS'), '');
  return folder;
}
