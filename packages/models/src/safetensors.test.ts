import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensorsHeader } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'file.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

const entry = (begin: number, end: number, shape: number[], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** Writes a file by hand: length, JSON, that many bytes. */
async function handMade(header: unknown, bodyBytes: number): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([length, json, Buffer.alloc(bodyBytes)]));
  return path;
}

describe('readSafetensorsHeader', () => {
  it('gives every tensor its place in the file', async () => {
    const header = { __metadata__: { format: 'pt' }, b: entry(8, 20, [3]), a: entry(0, 8, [1, 2]) };
    const { tensors, metadata } = await readSafetensorsHeader(await handMade(header, 20));
    const body = 8 + JSON.stringify(header).length;
    expect(tensors.get('a')).toEqual({ dtype: 'F32', shape: [1, 2], offset: body, bytes: 8 });
    expect(tensors.get('b')).toEqual({ dtype: 'F32', shape: [3], offset: body + 8, bytes: 12 });
    expect(metadata).toEqual({ format: 'pt' });
  });

  it.each([
    ['bytes that do not fit the shape', { odd: entry(0, 8, [3]) }, 8, /tensor odd has 8 bytes.*needs 12/],
    ['a tensor behind the end', { far: entry(0, 8, [2]) }, 4, /tensor far ends behind the file/],
    ['overlapping tensors', { a: entry(0, 8, [2]), late: entry(4, 12, [2]) }, 12, /tensor late overlaps/],
    ['a gap', { a: entry(0, 4, [1]), late: entry(8, 12, [1]) }, 12, /tensor late .*gap/],
    ['bytes that are nobody’s', { a: entry(0, 4, [1]) }, 7, /3 bytes behind the last tensor/],
    ['an unknown type', { strange: entry(0, 4, [1], 'F31') }, 4, /strange\.dtype/],
    ['a negative offset', { early: entry(-4, 0, [1]) }, 4, /early\.data_offsets/],
    ['a header that is not JSON', '{"a":', 0, /not JSON/],
    ['a header that is no object', '[]', 0, /header/],
  ])('refuses %s', async (_, header, bodyBytes, message) => {
    const reading = readSafetensorsHeader(await handMade(header, bodyBytes));
    await expect(reading).rejects.toThrow(
      expect.objectContaining({ code: 'bad_safetensors', message: expect.stringMatching(message) }),
    );
  });

  it.each([0, 7, 20])('refuses a file cut to %i bytes', async (bytes) => {
    await handMade({ a: entry(0, 400, [100]) }, 400);
    await truncate(path, bytes);
    await expect(readSafetensorsHeader(path)).rejects.toThrow(
      expect.objectContaining({ code: 'bad_safetensors' }),
    );
  });
});

describe('writeSafetensors', () => {
  const tensors = [
    { name: 'first', dtype: 'F32' as const, shape: [2, 2] },
    { name: 'second', dtype: 'F32' as const, shape: [1] },
  ];

  it('writes what the reader reads, the numbers at multiples of 8', async () => {
    const written = join(folder, 'written.safetensors');
    const numbers = Float32Array.of(1, 2, 3, 4, 5);
    const bytes = new Uint8Array(numbers.buffer);
    await writeSafetensors(written, tensors, [bytes.subarray(0, 3), bytes.subarray(3)]);
    const { tensors: found } = await readSafetensorsHeader(written);
    const { offset } = found.get('first') ?? { offset: Number.NaN };
    expect(offset % 8).toBe(0);
    expect((await readFile(written)).subarray(offset)).toEqual(Buffer.from(bytes));
    expect(found.get('second')).toMatchObject({ shape: [1], offset: offset + 16 });
  });

  it('refuses a body of another length', async () => {
    const writing = writeSafetensors(join(folder, 'short.safetensors'), tensors, [new Uint8Array(19)]);
    await expect(writing).rejects.toThrow(/19 bytes for tensors of 20/);
  });
});
