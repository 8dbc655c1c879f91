import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { photoFiles } from '../photo-files.ts';

export const examples = fileURLToPath(new URL('../../examples/photos', import.meta.url));

/** Lists the example photos over and over, `images` times in all, and names the list. */
export async function photoManifest(folder: string, images: number): Promise<string> {
  const photos = await photoFiles(examples);
  const manifest = join(folder, 'photos.txt');
  const lines = Array.from({ length: images }, (_, n) => `${photos[n % photos.length]}\n`);
  await writeFile(manifest, lines.join(''));
  return manifest;
}
