/** The pictures of `labelmill serve`, as the page asks for them. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { PictureQueue } from '@labelmill/worker/pictures/picture-queue';
import { expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { limits } from './mini-engine.ts';

const cat = join(repository, 'examples/photos/cat.jpg');

it.each(['abort', 'loop'])(
  'an image that ends the process (%s) is an error, and the next one has its picture',
  async (harm) => {
    await using folder = await temporaryFolder();
    const poisoned = join(folder.path, 'poisoned.jpg');
    const good = join(folder.path, 'good.jpg');
    await writeFile(poisoned, Buffer.concat([await readFile(cat), Buffer.from(`poison:${harm}`)]));
    await copyFile(cat, good);
    const preload = pathToFileURL(join(repository, 'test/parts/poison-decoder.ts')).href;
    using pictures = new PictureQueue({
      stores: storeConfigSchema.parse({}),
      // An order may take 6 of one and 2 of the other: 16 s, of which the start of the process takes a part.
      limits: { ...limits, fetchTimeoutMs: 2_000, decodeTimeoutMs: 2_000 },
      env: { ...process.env, NODE_OPTIONS: `--import=${preload}` },
      atOnce: 1,
      memoryBytes: 2e9,
    });
    const { signal } = new AbortController();
    const made = await Promise.all(
      [good, poisoned].map((path) =>
        pictures.make(
          { uri: pathToFileURL(path).href, side: 100, fileRoots: [folder.path], damaged: false },
          signal,
        ),
      ),
    );
    expect(made).toMatchObject([{ status: 'ok' }, { status: 'error', code: 'crashed_decoder' }]);
    expect(
      await pictures.make(
        { uri: pathToFileURL(good).href, side: 100, fileRoots: [folder.path], damaged: false },
        signal,
      ),
    ).toMatchObject({ status: 'ok' });
  },
);
