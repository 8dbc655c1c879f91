/**
 * Child process: milliseconds an image that sharp alone needs on all cores, with the files in memory already.
 *
 * usage: bare-decode.ts CROP RESIZE AT_ONCE < list of files
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import sharp from 'sharp';
import { runScript } from './child.ts';

/** Milliseconds an image, with so many decodes under way. */
export async function bareDecode(
  { crop, resize }: Preprocessing,
  photos: readonly string[],
  atOnce: number,
): Promise<number> {
  const printed = await runScript(new URL(import.meta.url), [crop, resize, atOnce].map(String), {
    input: photos.join('\n'),
    env: { UV_THREADPOOL_SIZE: String(availableParallelism()) },
  });
  return Number(printed);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [crop, resize, atOnce] = process.argv.slice(2).map(Number) as [number, number, number];
  process.stdout.write(`${await measure(crop, resize, atOnce)}\n`);
}

async function measure(crop: number, resize: number, atOnce: number): Promise<number> {
  sharp.cache(false);
  sharp.concurrency(1);
  const files = readFileSync(0, 'utf8')
    .split('\n')
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
  return (performance.now() - began) / files.length;
}
