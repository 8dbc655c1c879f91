import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';

/** Longer side, as cameras of 12 megapixels give it. */
const side = 4000;

/**
 * The photos enlarged to a camera's size, made once in `folder`. They are smoother than a camera's own, so that a JPEG
 * decoder has fewer bytes to read for each pixel.
 */
export async function largePhotos(photos: readonly string[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const large: string[] = [];
  for (const photo of photos) {
    const path = join(folder, basename(photo));
    large.push(path);
    if (await stat(path).catch(() => null)) continue;
    const enlarged = sharp(await readFile(photo)).resize(side, side, { fit: 'inside', kernel: 'lanczos3' });
    await writeFile(path, await enlarged.jpeg({ quality: 90, chromaSubsampling: '4:2:0' }).toBuffer());
  }
  return large;
}
