/** Labels images in a folder, and in a tar of it, and compares the labels. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { memberOf } from '@labelmill/shared/tar/member-uri';
import sharp from 'sharp';
import { expect } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

export async function expectShardAsFolder(count: number): Promise<void> {
  await using folder = await temporaryFolder();
  const { images, shard } = await makeShard(folder.path, count);
  expectSameLabels(
    await label(shard, join(folder.path, 'two')),
    await label(images, join(folder.path, 'one')),
    count,
  );
}

/** A folder of so many images, and a tar of it with what WebDataset has beside them. */
export async function makeShard(folder: string, count: number): Promise<{ images: string; shard: string }> {
  const images = join(folder, 'images');
  await mkdir(images);
  const photos = join(repository, 'examples/photos');
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  // Every photo, cut out and turned in so many ways.
  for (let n = 0; n < count; n++) {
    const photo = sharp(join(photos, names[n % names.length]!));
    const image = await photo
      .resize(96, 72, { fit: 'cover' })
      .rotate(n % 360)
      .jpeg()
      .toBuffer();
    const sample = join(images, String(n).padStart(6, '0'));
    await writeFile(`${sample}.jpg`, image);
    // WebDataset's other members of a sample.
    await writeFile(`${sample}.cls`, String(n));
  }
  const shard = join(folder, 'shard-000000.tar');
  await promisify(execFile)('tar', ['-C', images, '--sort=name', '-cf', shard, '.']);
  return { images, shard };
}

export function expectSameLabels(
  inShard: readonly LabelRecord[],
  inFolder: readonly LabelRecord[],
  count: number,
): void {
  expect(inShard).toHaveLength(count);
  expect(inShard.map((record) => ({ name: memberOf(record.uri).name, scores: scoresOf(record) }))).toEqual(
    inFolder.map((record) => ({ name: record.uri.replace(/^.*\//, ''), scores: scoresOf(record) })),
  );
}

type LabelRecord = Awaited<ReturnType<typeof records>>[number];

/** To four digits: in another batch, sums are taken in another order. */
function scoresOf(record: LabelRecord) {
  if (record.status !== 'ok') throw new Error(record.error.message);
  return record.labels.map(({ id, score }) => [id, score.toFixed(4)]);
}

export async function label(source: string, out: string): Promise<LabelRecord[]> {
  const ended = await labelmill(['label', source, '--out', out]);
  expect(ended).toMatchObject({ status: 0 });
  return records((await runFolders(out)).at(-1) ?? out);
}
