/** Moves a foreign model's numbers out of its graph, into one safetensors file beside it. */
import { createReadStream } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { UsageError } from '@labelmill/shared/errors';
import { TensorProto_DataLocation as DataLocation, type TensorProto, TensorProtoSchema } from 'onnx-buf';
import { dtypeBytes, readSafetensorsHeader } from '../safetensors.ts';
import { writeSafetensors } from '../safetensors-writer.ts';
import { type ForeignRange, foreignRange } from './foreign-range.ts';
import type { OnnxModel } from './read-onnx.ts';
import { type TensorLayout, tensorBytes, tensorLayout } from './tensor-bytes.ts';

/** Smaller ones stay: shapes and axes, which ONNX Runtime must see while it infers shapes. */
const largeBytes = 1024;
/** Safetensors keeps its metadata under the one name; JavaScript would lose the other. */
const reservedNames = new Set(['__metadata__', '__proto__']);

export interface MovableTensor {
  readonly tensor: TensorProto;
  readonly layout: TensorLayout;
  /** Null for numbers in the graph itself. */
  readonly range: ForeignRange | null;
}

/**
 * The initializers to be moved, those with the longest elements first, so that every tensor is aligned.
 *
 * @param modelPath whose folder holds the external data, if there is any.
 * @throws UsageError `bad_onnx` (two of one name), `unsupported_external_data` for what cannot be moved; as
 * `tensorLayout` and `foreignRange` do.
 */
export async function movableTensors(
  { graph }: OnnxModel,
  modelPath: string,
): Promise<readonly MovableTensor[]> {
  const movable: MovableTensor[] = [];
  const names = new Set<string>();
  for (const tensor of graph.initializer) {
    const { name } = tensor;
    if (names.has(name)) throw new UsageError('bad_onnx', `it has two initializers ${name}`);
    names.add(name);
    const external = tensor.dataLocation === DataLocation.EXTERNAL;
    const layout = tensorLayout(tensor);
    const fits = layout !== undefined && !reservedNames.has(name);
    if (fits && external) {
      movable.push({ tensor, layout, range: await foreignRange(modelPath, tensor, layout.bytes) });
    } else if (external) {
      throw new UsageError(
        'unsupported_external_data',
        `initializer ${name} in another file cannot be moved`,
      );
    } else if (fits && layout.bytes >= largeBytes) movable.push({ tensor, layout, range: null });
  }
  return movable.sort((a, b) => dtypeBytes[b.layout.dtype] - dtypeBytes[a.layout.dtype]);
}

/**
 * Writes `tensors` to the new file at `path` and makes the model's initializers refer to it by `file`, its name.
 *
 * @throws UsageError as `tensorBytes` does; Node's error where the disk refuses.
 */
export async function moveWeights(
  { graph }: OnnxModel,
  tensors: readonly MovableTensor[],
  path: string,
  file: string,
): Promise<void> {
  const declarations = tensors.map(({ tensor, layout }) => ({ name: tensor.name, ...layout }));
  await writeSafetensors(path, declarations, tensorBlocks(tensors));
  const header = await readSafetensorsHeader(path);
  graph.initializer = graph.initializer.map((tensor) => {
    const range = header.tensors.get(tensor.name);
    if (range === undefined) return tensor;
    const { name, dims, dataType } = tensor;
    return create(TensorProtoSchema, {
      name,
      dims,
      dataType,
      dataLocation: DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: file },
        { key: 'offset', value: String(range.offset) },
        { key: 'length', value: String(range.bytes) },
      ],
    });
  });
}

async function* tensorBlocks(tensors: readonly MovableTensor[]): AsyncGenerator<Uint8Array> {
  for (const { tensor, layout, range } of tensors) {
    if (range === null) yield tensorBytes(tensor, layout);
    else if (range.bytes > 0) {
      const { path, offset, bytes } = range;
      yield* createReadStream(path, { start: offset, end: offset + bytes - 1, highWaterMark: 1 << 20 });
    }
  }
}
