/** A folder's images as a bundle wants them, decoded by the worker's own code. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import { decodeImage } from '@labelmill/worker/engine/decode';

const limits = { maxPixels: 1e8, maxAspect: 100, decodeTimeoutMs: 30_000 };

/** Paths in the order of the names. */
export async function imageFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
}

export async function* pixelsOf(
  paths: readonly string[],
  preprocessing: Preprocessing,
): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield await decodeImage(await readFile(path), preprocessing, limits);
}
