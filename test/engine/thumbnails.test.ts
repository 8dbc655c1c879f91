/** The process that makes thumbnails, as a report uses it. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { ThumbnailMaker } from '@labelmill/worker/pictures/thumbnail-maker';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { limits } from './mini-engine.ts';

const cat = join(repository, 'examples/photos/cat.jpg');
const signal = new AbortController().signal;

function maker(root: string, env: NodeJS.ProcessEnv = {}, maxBytes = 6144): ThumbnailMaker {
  return new ThumbnailMaker({
    stores: storeConfigSchema.parse({ fileRoots: [root] }),
    limits: { ...limits, maxPixels: 1_000_000 },
    size: { side: 144, maxBytes },
    bounds: { silenceMs: 60_000, memoryBytes: 2e9 },
    env: { ...process.env, ...env },
  });
}

it('a thumbnail is the central square of the image, and noise too keeps its size', async () => {
  await using folder = await temporaryFolder();
  // A red square between two blue ones.
  const red = { create: { width: 300, height: 300, channels: 3 as const, background: '#f00' } };
  const wide = join(folder.path, 'wide.png');
  await sharp({ create: { width: 900, height: 300, channels: 3, background: '#00f' } })
    .composite([{ input: await sharp(red).png().toBuffer(), left: 300, top: 0 }])
    .png()
    .toFile(wide);
  const noise = join(folder.path, 'noise.png');
  const pixels = Buffer.from(
    Uint32Array.from({ length: 160 * 160 }, (_, n) => Math.imul(n + 1, 2654435761)).buffer,
  );
  await sharp(pixels, { raw: { width: 160, height: 160, channels: 4 } })
    .removeAlpha()
    .png()
    .toFile(noise);

  await using thumbnails = maker(folder.path);
  const uris = [wide, noise].map((path) => pathToFileURL(path).href);
  const [first, second] = await thumbnails.make(uris, signal);
  if (first?.status !== 'ok' || second?.status !== 'ok') throw new Error(JSON.stringify([first, second]));
  const { dominant } = await sharp(first.bytes).stats();
  expect(dominant.r).toBeGreaterThan(200);
  expect(dominant.b).toBeLessThan(50);
  expect(await sharp(second.bytes).metadata()).toMatchObject({ width: 144, height: 144, format: 'webp' });
  expect(second.bytes.length).toBeLessThanOrEqual(6144);
});

it('what the limits refuse has no thumbnail, and says why', async () => {
  await using folder = await temporaryFolder();
  const large = join(folder.path, 'large.png');
  const side = { width: 1001, height: 1000, channels: 3 as const };
  await sharp({ create: { ...side, background: '#fff' } })
    .png()
    .toFile(large);
  await writeFile(join(folder.path, 'text.jpg'), 'text');
  await copyFile(cat, join(folder.path, 'cat.jpg'));
  await using thumbnails = maker(folder.path);
  const uris = ['large.png', 'text.jpg', 'missing.jpg', 'cat.jpg'].map(
    (name) => pathToFileURL(join(folder.path, name)).href,
  );
  const results = await thumbnails.make([...uris, pathToFileURL(cat).href], signal);
  expect(results.map((result) => (result.status === 'ok' ? 'ok' : result.code))).toEqual([
    'too_many_pixels',
    'unsupported_format',
    'not_found',
    'ok',
    // Outside the folder that may be read.
    'uri_refused',
  ]);
  await using few = maker(folder.path, {}, 100);
  expect(await few.make([uris[3] ?? ''], signal)).toMatchObject([{ status: 'error', code: 'too_large' }]);
});

it('an image that ends the process has no thumbnail; all the others have theirs', async () => {
  await using folder = await temporaryFolder();
  const names = Array.from({ length: 12 }, (_, n) => join(folder.path, `${n}.jpg`));
  for (const name of names) await copyFile(cat, name);
  await writeFile(names[5] ?? '', Buffer.concat([await readFile(cat), Buffer.from('poison:abort')]));
  const preload = pathToFileURL(join(repository, 'test/parts/poison-decoder.ts')).href;
  await using thumbnails = maker(folder.path, { NODE_OPTIONS: `--import=${preload}` });
  const results = await thumbnails.make(
    names.map((path) => pathToFileURL(path).href),
    signal,
  );
  expect(results.map((result) => (result.status === 'ok' ? 'ok' : result.code))).toEqual(
    names.map((_, place) => (place === 5 ? 'crashed_decoder' : 'ok')),
  );
});
