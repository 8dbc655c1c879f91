import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '@labelmill/shared/errors';

/** Absolute paths of a folder's photos, by name. */
export async function photoFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => resolve(join(folder, name)));
}

/**
 * The first `count` of them.
 * @throws UsageError `too_few_photos`
 */
export async function enoughPhotos(folder: string, count: number): Promise<string[]> {
  const photos = await photoFiles(folder);
  if (photos.length < count) {
    throw new UsageError(
      'too_few_photos',
      `${folder} has ${photos.length} photos, ${count} are needed: bench/enlarge-photos.ts makes more of them`,
    );
  }
  return photos.slice(0, count);
}
