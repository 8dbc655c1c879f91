/** Reads a weights file once, for its checksum and for numbers that are none. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { UsageError } from '@labelmill/shared/errors';
import { fileBlocks } from './file-blocks.ts';
import { type Dtype, readSafetensorsHeader } from './safetensors.ts';

/**
 * Size and sha256 of a safetensors file, all of whose float32 and float16 numbers are finite.
 *
 * @throws UsageError `not_finite`, naming the first tensor with a NaN or an infinity; as `readSafetensorsHeader` does.
 */
export async function weightsDigest(path: string): Promise<{ bytes: number; sha256: string }> {
  const { tensors } = await readSafetensorsHeader(path);
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset);
  const hash = createHash('sha256');
  await using file = await open(path);
  const { size } = await file.stat();
  const header = { offset: 0, bytes: inOrder[0]?.[1].offset ?? size };
  for await (const block of fileBlocks(file, header)) hash.update(block);
  for (const [name, range] of inOrder) {
    for await (const block of fileBlocks(file, range)) {
      hash.update(block);
      if (!allFinite(range.dtype, block)) {
        throw new UsageError('not_finite', `${path}: tensor ${name} holds a NaN or an infinity`);
      }
    }
  }
  return { bytes: size, sha256: hash.digest('hex') };
}

/** NaNs and infinities have an exponent of all ones. Types that are not float32 or float16 are not looked at. */
function allFinite(dtype: Dtype, { buffer, byteLength }: Uint8Array<ArrayBuffer>): boolean {
  if (dtype === 'F32') {
    const words = new Uint32Array(buffer, 0, byteLength / 4);
    for (let place = 0; place < words.length; place++) {
      if ((words[place]! & 0x7f80_0000) === 0x7f80_0000) return false;
    }
  } else if (dtype === 'F16') {
    const words = new Uint16Array(buffer, 0, byteLength / 2);
    for (let place = 0; place < words.length; place++) {
      if ((words[place]! & 0x7c00) === 0x7c00) return false;
    }
  }
  return true;
}
