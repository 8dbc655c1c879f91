import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { expect, it } from 'vitest';
import { PictureQueue } from './picture-queue.ts';

/** As the code has it; the docs say so too. */
const mostWaiting = 512;

it('of more than 512 pictures that wait, the one that waits longest is told that it is busy', async () => {
  using pictures = new PictureQueue({
    stores: storeConfigSchema.parse({}),
    limits: {
      ...{ maxBytes: 1_000_000, maxPixels: 1_000_000, maxAspect: 100 },
      ...{ fetchTimeoutMs: 10_000, decodeTimeoutMs: 10_000 },
    },
    env: process.env,
    atOnce: 1,
    memoryBytes: 1_000_000_000,
  });
  const { signal } = new AbortController();
  // One is inside, and one more than may waits.
  const made = await Promise.all(
    Array.from({ length: mostWaiting + 2 }, (_, n) =>
      pictures.make(
        { uri: `file:///nowhere/${n}.jpg`, side: 100, fileRoots: ['/nowhere'], damaged: false },
        signal,
      ),
    ),
  );
  const busy = made.flatMap((outcome, n) =>
    outcome.status === 'error' && outcome.code === 'busy' ? [n] : [],
  );
  expect(busy).toEqual([1]);
});
