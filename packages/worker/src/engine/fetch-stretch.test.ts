import { ImageError, OutageError } from '@labelmill/shared/errors';
import type { ObjectBody, ObjectStore, ReadOptions } from '@labelmill/shared/store/object-store';
import { memberOf, memberUri } from '@labelmill/shared/tar/member-uri';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ControlRead } from './control-read.ts';
import { fetchStretch, type StretchReader } from './fetch-stretch.ts';
import { type HeldBody, ImageMemory } from './image-memory.ts';
import { Slots } from './slots.ts';
import { StageSums } from './stage-sums.ts';

const limits = { maxBytes: 10_000, maxPixels: 1, maxAspect: 1, fetchTimeoutMs: 1, decodeTimeoutMs: 1 };
const shard = 's3://b/one.tar';
const count = 5;
const tar = Buffer.concat(
  Array.from({ length: count }, (_, n) => [
    header(`${n}.jpg`, 10),
    Buffer.alloc(512, `photo ${n}   `),
  ]).flat(),
);
const images = Array.from({ length: count }, (_, n) => ({
  uri: memberUri({ shard, name: `${n}.jpg`, offset: 1024 * n + 512, length: 10 }),
}));

type Answer = Error | { readonly after: number; readonly error: Error };

let reads: number[];
/** What becomes of a read that begins at this block; one without an answer here comes whole. */
let answers: Map<number, Answer[]>;
let reader: StretchReader;

beforeEach(() => {
  vi.useFakeTimers();
  reads = [];
  answers = new Map();
  const store = { read } as unknown as ObjectStore;
  reader = {
    stores: { for: () => store },
    memory: new ImageMemory({ imageMemoryBytes: 40_000, loaderThreads: 1, fetchConcurrency: 1, limits }),
    places: new Slots(1),
    limits,
    control: new ControlRead(),
    stages: new StageSums(),
  };
});
afterEach(() => {
  vi.useRealTimers();
});

/** As S3 answers: with a range, and of a member alone when its URI is read. */
async function read(uri: string, { range, parts }: ReadOptions): Promise<ObjectBody> {
  const member = uri.startsWith('tar+') ? memberOf(uri) : null;
  const { offset, length } = range ?? { offset: member!.offset, length: member!.length };
  const begin = Math.floor(offset / 512);
  reads.push(begin);
  const whole = { body: new Uint8Array(tar.subarray(offset, offset + length)), version: 'v' };
  const waiting = answers.get(begin);
  const answer = waiting !== undefined && waiting.length > 1 ? waiting.shift() : waiting?.[0];
  if (answer === undefined) return whole;
  if (answer instanceof Error) throw answer;
  parts?.onCome(answer.after, whole);
  throw answer.error;
}

async function endOf(body: Promise<HeldBody | null>): Promise<unknown> {
  const end = body.then(
    (held) => (held === null ? null : Buffer.from(held.object.body).toString()),
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return end;
}
const ends = (bodies: readonly Promise<HeldBody | null>[]) => Promise.all(bodies.map(endOf));
const photos = images.map((_, n) => `photo ${n}   `);

test('all come by one read, whether or not anyone takes them', async () => {
  expect(await ends(fetchStretch(images, reader))).toEqual(photos);
  expect(reads).toEqual([0]);
  expect(reader.stages.take()).toMatchObject({ fetched: count });
});

test('a read that breaks is followed by one of those that did not come', async () => {
  answers.set(0, [{ after: 2, error: new OutageError('s3_network', 'reset') }]);
  const bodies = fetchStretch(images, reader);
  // The second read has its place when those of the first are done with.
  for (const body of bodies.slice(0, 2)) (await body)?.[Symbol.dispose]();
  expect(await ends(bodies)).toEqual(photos);
  expect(reads).toEqual([0, 4]);
  expect(reader.stages.take()).toMatchObject({ fetched: count });
});

test('a short outage is waited out', async () => {
  const outage = new OutageError('s3_throttled', 'slow down');
  answers.set(0, [outage, outage, { after: count, error: outage }]);
  expect(await ends(fetchStretch(images, reader))).toEqual(photos);
  expect(reads).toEqual([0, 0, 0]);
});

test('a long one is an outage for each that has not come, after five tries in all', async () => {
  const outage = new OutageError('s3_throttled', 'slow down');
  answers.set(0, [outage]);
  expect(await ends(fetchStretch(images, reader))).toEqual(images.map(() => outage));
  expect(reads).toHaveLength(5);
});

test('what may be wrong with one of them only is found out by reading each alone', async () => {
  answers.set(0, [new ImageError('not_found', 'it ends before')]);
  expect(await ends(fetchStretch(images, reader))).toEqual(images.map(() => null));
  expect(reads).toEqual([0]);
});

test('one that never comes while others do is an error of its own, and those behind it come', async () => {
  answers.set(0, [{ after: 1, error: new OutageError('s3_timeout', 'no answer') }]);
  answers.set(2, [new OutageError('s3_timeout', 'no answer')]);
  const bodies = fetchStretch(images, reader);
  (await bodies[0])?.[Symbol.dispose]();
  const [first, second, ...rest] = await ends(bodies);
  expect([first, ...rest]).toEqual([photos[0], ...photos.slice(2)]);
  expect(second).toMatchObject({ code: 'fetch_timeout', retryable: true });
  // Twice with the others, one that came before, once alone; then those behind it.
  expect(reads).toEqual([0, 2, 2, 1, 2, 4]);
});

test('one whose header is another’s is not found, and the others come', async () => {
  const renamed = images.map(({ uri }, n) => ({ uri: n === 2 ? uri.replace('2.jpg', 'two.jpg') : uri }));
  const [first, second, third, ...rest] = await ends(fetchStretch(renamed, reader));
  expect([first, second, ...rest]).toEqual(photos.filter((_, n) => n !== 2));
  expect(third).toMatchObject({ code: 'not_found' });
  expect(reads).toEqual([0]);
});

test('a read keeps its place and its memory until the last of its images is done with', async () => {
  const bodies = await Promise.all(fetchStretch(images, reader));
  const next = Promise.all(fetchStretch(images, reader));
  for (const body of bodies.slice(0, -1)) body?.[Symbol.dispose]();
  await vi.runAllTimersAsync();
  expect(reads).toEqual([0]);
  bodies.at(-1)?.[Symbol.dispose]();
  await next;
  expect(reads).toEqual([0, 0]);
});

/** Of ustar, as POSIX lays it out. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\0', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
