/**
 * Child process: milliseconds an image that sharp alone needs on all cores, with the files in memory already.
 *
 * usage: bare-decode.ts CROP RESIZE AT_ONCE < list of files
 */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';

const [crop, resize, atOnce] = process.argv.slice(2).map(Number) as [number, number, number];
sharp.cache(false);
sharp.concurrency(1);
const files = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((path) => readFileSync(path));
const plans = await Promise.all(
  files.map(async (body) => {
    const { width = 1, height = 1 } = await sharp(body).metadata();
    const long = Math.trunc((resize * Math.max(width, height)) / Math.min(width, height));
    return width < height ? { body, width: resize, height: long } : { body, width: long, height: resize };
  }),
);
let next = 0;
const began = performance.now();
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let plan = plans[next++]; plan !== undefined; plan = plans[next++]) {
      const { body, width, height } = plan;
      await sharp(body, { sequentialRead: true })
        .resize(width, height, { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false })
        .extract({ left: (width - crop) >> 1, top: (height - crop) >> 1, width: crop, height: crop })
        .removeAlpha()
        .raw()
        .toBuffer();
    }
  }),
);
process.stdout.write(`${(performance.now() - began) / files.length}\n`);
