import { expect, test } from 'vitest';
import { BatchAssembler } from './batch-assembler.ts';
import type { ImageBatch } from './thread-messages.ts';

function assembler(buffers = 1, largest = 2): { assembler: BatchAssembler; sent: ImageBatch[] } {
  const sent: ImageBatch[] = [];
  return {
    sent,
    assembler: new BatchAssembler({
      batch: 2,
      largest,
      imageBytes: 3,
      buffers,
      send: (batch) => sent.push(batch),
    }),
  };
}

const image = (id: number) => ({ id, version: `v${id}` });
const pixels = (value: number) => new Uint8Array(3).fill(value);

test('images lie one behind the other in the order they came', async () => {
  const { assembler: batches, sent } = assembler();
  await batches.add(image(1), pixels(1));
  expect(sent).toHaveLength(0);
  await batches.add(image(2), pixels(2));
  expect(sent[0]!.images).toEqual([image(1), image(2)]);
  expect([...new Uint8Array(sent[0]!.pixels)]).toEqual([1, 1, 1, 2, 2, 2]);
});

test('adding waits until a buffer comes back, and uses that one', async () => {
  const { assembler: batches, sent } = assembler();
  await batches.add(image(1), pixels(1));
  await batches.add(image(2), pixels(2));
  const third = batches.add(image(3), pixels(3));
  const fourth = batches.add(image(4), pixels(4));
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toHaveLength(1);
  batches.recycle(sent[0]!.pixels);
  await Promise.all([third, fourth]);
  expect(sent[1]!.pixels).toBe(sent[0]!.pixels);
  expect(sent[1]!.images).toEqual([image(3), image(4)]);
});

test('flushing sends what is there, and nothing when nothing is', async () => {
  const { assembler: batches, sent } = assembler();
  batches.flush();
  await batches.add(image(1), pixels(1));
  batches.flush();
  batches.flush();
  expect(sent.map(({ images }) => images)).toEqual([[image(1)]]);
});

test('batches take another size from one image to the next', async () => {
  const { assembler: batches, sent } = assembler(2, 3);
  await batches.add(image(1), pixels(1));
  batches.resize(3);
  await batches.add(image(2), pixels(2));
  expect(sent).toHaveLength(0);
  await batches.add(image(3), pixels(3));
  expect(sent[0]!.images).toHaveLength(3);
  expect([...new Uint8Array(sent[0]!.pixels)]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  // what is there already is enough now
  await batches.add(image(4), pixels(4));
  batches.resize(1);
  expect(sent[1]!.images).toEqual([image(4)]);
});
