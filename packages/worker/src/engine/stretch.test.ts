import { memberUri } from '@labelmill/shared/tar/member-uri';
import { expect, it } from 'vitest';
import { stretchBytes, stretchesOf, stretchLength } from './stretch.ts';

const shard = 's3://b/one.tar';
/** An image in a shard; its header is the 512 bytes before. */
const image = (offset: number, length: number, where = shard) => ({
  uri: memberUri({ shard: where, name: 'a.jpg', offset, length }),
});
const ordinary = (name: string) => ({ uri: `s3://b/${name}.jpg` });
const lengths = (images: readonly { uri: string }[], mostBytes = 10_000_000) =>
  [...stretchesOf(images, mostBytes)].map(({ length }) => length);

it('images outside of shards are read one by one', () => {
  expect(lengths([ordinary('a'), ordinary('b')])).toEqual([1, 1]);
});

it('neighbours in a shard are one stretch, small things between them included', () => {
  expect(lengths([image(512, 500), image(1536, 500), image(4096, 500)])).toEqual([3]);
});

it('a stretch ends where the next image is in another shard, outside of any, behind a large gap, or before', () => {
  const far = 1024 + 512 + 200_000;
  expect(lengths([image(512, 500), image(1536, 500, 's3://b/two.tar')])).toEqual([1, 1]);
  expect(lengths([image(512, 500), ordinary('a'), image(1536, 500)])).toEqual([1, 1, 1]);
  expect(lengths([image(512, 500), image(far, 500)])).toEqual([1, 1]);
  expect(lengths([image(1536, 500), image(512, 500)])).toEqual([1, 1]);
  expect(lengths([image(512, 5_000), image(1024, 500)])).toEqual([1, 1]);
});

it('an image without bytes, or where none can be, is read alone', () => {
  expect(lengths([image(512, 500), image(1536, 0), image(2048, 500)])).toEqual([1, 1, 1]);
  expect(lengths([image(0, 500), image(1024, 500)])).toEqual([1, 1]);
  expect(lengths([{ uri: 'tar+s3://b/one.tar#a.jpg' }, image(512, 500)])).toEqual([1, 1]);
});

it('a stretch has no more bytes than it may, from its first header to its end', () => {
  const images = [512, 1536, 2560, 3584].map((offset) => image(offset, 500));
  // The first three reach from byte 0 to 3,060.
  expect(lengths(images, 3_060)).toEqual([3, 1]);
  expect(lengths(images, 3_059)).toEqual([2, 2]);
});

it('nor more images', () => {
  const images = [512, 1536, 2560].map((offset) => image(offset, 500));
  expect(stretchLength(images, 0, 2, 10_000)).toBe(2);
  expect(stretchLength(images, 1, 5, 10_000)).toBe(2);
});

it('its bytes are a read’s share of the memory for images, no image’s limit is above it, and 4 MiB are enough', () => {
  const limits = { maxBytes: 20_000_000, maxPixels: 1, maxAspect: 1, fetchTimeoutMs: 1, decodeTimeoutMs: 1 };
  const config = { imageMemoryBytes: 2 ** 31, loaderThreads: 2, fetchConcurrency: 8, limits };
  expect(stretchBytes(config)).toBe(4 * 2 ** 20);
  // A quarter of 64 MiB is for what is fetched: 8 MiB for each loader, 1 MiB for each read.
  expect(stretchBytes({ ...config, imageMemoryBytes: 2 ** 26 })).toBe(2 ** 20);
  expect(stretchBytes({ ...config, limits: { ...limits, maxBytes: 1_000 } })).toBe(1_000);
});
