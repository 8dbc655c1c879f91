import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { weightsDigest } from './weights-digest.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-digest-'));
  path = join(folder, 'w.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const large = 600_000;

/**
 * Three tensors, the second of 2.4 MB and thus of several blocks; the header's length is odd, as published files may
 * have it.
 */
async function write(change: (first: Uint16Array, second: Float32Array, third: Float32Array) => void) {
  const first = new Uint16Array(3);
  const second = new Float32Array(large).fill(-3.4e38);
  const third = Float32Array.of(1e-45);
  change(first, second, third);
  const ends = [6, 6 + 4 * large, 10 + 4 * large] as const;
  let json = JSON.stringify({
    half: { dtype: 'F16', shape: [3], data_offsets: [0, ends[0]] },
    long: { dtype: 'F32', shape: [large], data_offsets: [ends[0], ends[1]] },
    tiny: { dtype: 'F32', shape: [1], data_offsets: [ends[1], ends[2]] },
  });
  if (json.length % 2 === 0) json += ' ';
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const body = [first, second, third].map((part) => new Uint8Array(part.buffer));
  await writeFile(path, Buffer.concat([length, Buffer.from(json), ...body]));
}

describe('weightsDigest', () => {
  it('is the file’s size and sha256', async () => {
    await write(() => {});
    const file = await readFile(path);
    const sha256 = createHash('sha256').update(file).digest('hex');
    expect(await weightsDigest(path)).toEqual({ bytes: file.length, sha256 });
  });

  it.each([
    [
      'a NaN in the last number of float32',
      'long',
      (_: Uint16Array, second: Float32Array) => (second[large - 1] = NaN),
    ],
    [
      'an infinity in a tensor of one',
      'tiny',
      (..._: [unknown, unknown, Float32Array]) => (_[2][0] = Infinity),
    ],
    ['a negative infinity', 'long', (_: Uint16Array, second: Float32Array) => (second[0] = -Infinity)],
    ['an infinity of float16', 'half', (first: Uint16Array) => (first[2] = 0x7c00)],
    ['a NaN of float16', 'half', (first: Uint16Array) => (first[0] = 0xfe01)],
  ])('refuses %s by the tensor’s name', async (_, name, change) => {
    await write((...tensors) => void change(...tensors));
    await expect(weightsDigest(path)).rejects.toThrow(
      expect.objectContaining({
        code: 'not_finite',
        message: expect.stringContaining(`tensor ${name} holds`),
      }),
    );
  });
});
