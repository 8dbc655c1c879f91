import { ImageError } from '@labelmill/shared/errors';
import type { ObjectBody } from '@labelmill/shared/store/object-store';
import { expect, it } from 'vitest';
import { ImageMemory } from './image-memory.ts';

const limits = { maxBytes: 1000, maxPixels: 1, maxAspect: 1, fetchTimeoutMs: 1, decodeTimeoutMs: 1 };
/** A quarter, 800 bytes, is for what is fetched: 100 for each of eight reads. */
const memory = () =>
  new ImageMemory({ imageMemoryBytes: 3200, loaderThreads: 1, fetchConcurrency: 8, limits });

/** Reads objects of one size as stores do, and notes what each read was allowed. */
function objects(bytes: number) {
  const allowed: number[] = [];
  const read = async (maxBytes: number): Promise<ObjectBody> => {
    allowed.push(maxBytes);
    if (bytes > maxBytes) throw new ImageError('too_large', `more than ${maxBytes} bytes`);
    return { body: new Uint8Array(bytes), version: 'v' };
  };
  return { read, allowed };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

it('reads ordinary objects at once, as many as there are reads', async () => {
  const [bodies, { read, allowed }] = [memory(), objects(100)];
  await Promise.all(Array.from({ length: 8 }, () => bodies.fetch(read)));
  expect(allowed).toEqual(Array(8).fill(100));
});

it('reads a large one a second time, when there is room for the largest', async () => {
  const bodies = memory();
  const small = await bodies.fetch(objects(100).read);
  const { read, allowed } = objects(101);
  const large = bodies.fetch(read);
  await settled();
  // All there is; the small one still holds some of it.
  expect(allowed).toEqual([100]);
  small[Symbol.dispose]();
  expect((await large).object.body).toHaveLength(101);
  expect(allowed).toEqual([100, 1000]);
});

it('keeps only what an object takes: others follow before it is decoded', async () => {
  const bodies = memory();
  using _large = await bodies.fetch(objects(500).read);
  await Promise.all([bodies.fetch(objects(100).read), bodies.fetch(objects(100).read)]);
});

it('refuses what is larger than the limit, and takes no memory for it', async () => {
  const bodies = memory();
  for (let n = 0; n < 10; n++) {
    await expect(bodies.fetch(objects(1001).read)).rejects.toMatchObject({ code: 'too_large' });
  }
});
