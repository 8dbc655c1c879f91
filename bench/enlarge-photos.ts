/**
 * More photos that cost as much to decode as the ones at hand.
 *
 *   node --conditions=source bench/enlarge-photos.ts FROM TO COUNT [SEED]
 *
 * Copies the photos of FROM to TO, then adds crops of 80 to 100 % of each side, resized to the photo's own size and
 * encoded to as many bytes as it has, as near as JPEG's quality steps allow: the same pixels and bytes, another image.
 * The same seed gives the same crops.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { Xoshiro128 } from '@labelmill/models/xoshiro128';
import sharp from 'sharp';
import { photoFiles } from './photo-files.ts';

const [from = '', to = '', countText = '600', seed = '1'] = process.argv.slice(2);
const count = Number(countText);
const photos = await photoFiles(from);
const words = new Uint32Array(4 * count);
Xoshiro128.seeded(Number(seed)).fill(words);
await mkdir(to, { recursive: true });

let bytesBefore = 0;
let bytesMade = 0;
for (let made = 0; made < count; made++) {
  const path = photos[made % photos.length]!;
  if (made < photos.length) {
    await cp(path, join(to, basename(path)));
    continue;
  }
  const original = await readFile(path);
  const shares = Array.from(words.subarray(4 * made, 4 * made + 4), (word) => word / 2 ** 32);
  const crop = await cropped(original, shares as [number, number, number, number]);
  await writeFile(join(to, `${parse(path).name}-${Math.floor(made / photos.length)}.jpg`), crop);
  bytesBefore += original.length;
  bytesMade += crop.length;
  if (process.stderr.isTTY) process.stderr.write(`\r${made + 1}/${count}`);
}
console.log(
  `${to}: ${count} photos; the crops have ${((100 * bytesMade) / bytesBefore).toFixed(1)} % of the originals' bytes`,
);

async function cropped(
  original: Buffer,
  [wide, high, right, down]: [number, number, number, number],
): Promise<Buffer> {
  const { width, height } = await sharp(original).metadata();
  const part = {
    width: Math.round(width * (0.8 + 0.2 * wide)),
    height: Math.round(height * (0.8 + 0.2 * high)),
  };
  const place = {
    left: Math.floor((width - part.width) * right),
    top: Math.floor((height - part.height) * down),
  };
  const pixels = await sharp(original)
    .extract({ ...place, ...part })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width, height, channels: pixels.info.channels };
  const encoded = (quality: number) => sharp(pixels.data, { raw }).jpeg({ quality }).toBuffer();
  let [low, top] = [1, 100];
  let best = await encoded(75);
  while (low <= top) {
    const quality = (low + top) >> 1;
    const candidate = await encoded(quality);
    const distance = (buffer: Buffer) => Math.abs(buffer.length - original.length);
    if (distance(candidate) < distance(best)) best = candidate;
    if (candidate.length < original.length) low = quality + 1;
    else top = quality - 1;
  }
  return best;
}
