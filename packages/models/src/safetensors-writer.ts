/** Streams a safetensors file; the model is never in memory as a whole. */
import { open } from 'node:fs/promises';
import { LabelmillError } from '@labelmill/shared/errors';
import { type Dtype, dtypeBytes } from './safetensors.ts';

export interface TensorDeclaration {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/**
 * Writes a new file: the header, padded so that the first tensor starts at a multiple of 8, then the body. Durable on
 * return.
 *
 * @param tensors in the order of their bytes in `body`.
 * @param body the tensors' bytes in blocks of any size; each is written before the next is asked for, so a source may
 * use one buffer over and over.
 * @throws LabelmillError `tensor_bytes` if the body is longer or shorter than the tensors declare.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorDeclaration[],
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const header: Record<string, unknown> = {};
  let declared = 0;
  for (const { name, dtype, shape } of tensors) {
    const begin = declared;
    declared += shape.reduce((product, side) => product * side, dtypeBytes[dtype]);
    header[name] = { dtype, shape, data_offsets: [begin, declared] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const head = Buffer.alloc(8 + headerBytes, ' ');
  head.writeBigUInt64LE(BigInt(headerBytes));
  json.copy(head, 8);

  await using file = await open(path, 'wx');
  await file.writeFile(head);
  let written = 0;
  for await (const block of body) {
    await file.writeFile(block);
    written += block.byteLength;
  }
  if (written !== declared) {
    throw new LabelmillError('tensor_bytes', `${path}: ${written} bytes for tensors of ${declared}`);
  }
  await file.sync();
}
