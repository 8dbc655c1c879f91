/** What a round labels: URIs that nobody fetches, or photos, of which some are cut short. */
import { link, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { repository } from '../parts/labelmill.ts';

export interface SoakSource {
  /** As the command takes it. */
  readonly source: string;
  readonly uris: readonly string[];
  /** Of the images, those that no decoder can read. */
  readonly broken: number;
}

const brokenEvery = 100;
const sidePixels = 96;

export async function writeUris(folder: string, images: number): Promise<SoakSource> {
  const source = join(folder, 'images.txt');
  const uris = Array.from({ length: images }, (_, n) => `s3://photos/${n % 7}/${n}.jpg`);
  await writeFile(source, `${uris.join('\n')}\n`);
  return { source, uris, broken: 0 };
}

export async function writePhotos(folder: string, images: number): Promise<SoakSource> {
  const [small, source] = [join(folder, 'small'), join(folder, 'photos')];
  await mkdir(small);
  await mkdir(source);
  const examples = join(repository, 'examples/photos');
  const names = (await readdir(examples)).filter((name) => name.endsWith('.jpg')).sort();
  for (const name of names) {
    const photo = await sharp(await readFile(join(examples, name)))
      .resize(sidePixels)
      .jpeg()
      .toBuffer();
    await writeFile(join(small, name), photo);
    await writeFile(join(small, `broken-${name}`), photo.subarray(0, 400));
  }
  const uris: string[] = [];
  let broken = 0;
  for (let n = 0; n < images; n++) {
    const isBroken = n % brokenEvery === brokenEvery - 1;
    if (isBroken) broken++;
    const path = join(source, `${String(n).padStart(6, '0')}.jpg`);
    await link(join(small, `${isBroken ? 'broken-' : ''}${names[n % names.length]}`), path);
    uris.push(pathToFileURL(path).href);
  }
  return { source, uris, broken };
}
