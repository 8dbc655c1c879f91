/** A tensor's numbers, wherever an ONNX graph has them. */
import { type FileHandle, open } from 'node:fs/promises';
import type { TensorProto } from 'onnx-buf';
import { foreignRange } from '../adopt/foreign-range.ts';
import { tensorBytes, tensorLayout } from '../adopt/tensor-bytes.ts';

export interface ByteSource extends AsyncDisposable {
  /** Of the whole tensor. */
  readonly bytes: number;
  /** A new buffer. */
  read(first: number, bytes: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * @param modelPath of the graph, beside which its external data lies.
 * @throws as `foreignRange` and `tensorBytes` do.
 */
export async function openTensor(modelPath: string, tensor: TensorProto): Promise<ByteSource> {
  const layout = tensorLayout(tensor);
  if (layout === undefined) throw new TypeError(`${tensor.name} is of no type that is known here`);
  const { bytes } = layout;
  let file: FileHandle | undefined;
  let start = 0;
  let inline = new Uint8Array();
  if (tensor.externalData.length > 0) {
    const range = await foreignRange(modelPath, tensor, bytes);
    file = await open(range.path);
    start = range.offset;
  } else inline = Uint8Array.from(tensorBytes(tensor, layout));
  return {
    bytes,
    async read(first, count) {
      const buffer = new Uint8Array(count);
      if (file === undefined) buffer.set(inline.subarray(first, first + count));
      else await file.read({ buffer, position: start + first });
      return buffer;
    },
    async [Symbol.asyncDispose]() {
      await file?.close();
    },
  };
}

/** All numbers of a float32 tensor; for small ones. */
export async function readFloats(modelPath: string, tensor: TensorProto): Promise<Float32Array<ArrayBuffer>> {
  await using source = await openTensor(modelPath, tensor);
  return new Float32Array((await source.read(0, source.bytes)).buffer);
}
