/** Puts a bundle's weights back into its graph, as most exporters write models. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { TensorProto_DataLocation as DataLocation, ModelProtoSchema, TensorProtoSchema } from 'onnx-buf';

/** @param bundle folder of a bundle with one weights file. */
export async function writeSingleFile(bundle: string, path: string): Promise<void> {
  const model = fromBinary(ModelProtoSchema, await readFile(join(bundle, 'model.onnx')));
  const weights = await readFile(join(bundle, 'model.safetensors'));
  const graph = model.graph!;
  graph.initializer = graph.initializer.map((tensor) => {
    if (tensor.dataLocation !== DataLocation.EXTERNAL) return tensor;
    const entries = new Map(tensor.externalData.map(({ key, value }) => [key, Number(value)]));
    const offset = entries.get('offset')!;
    const rawData = weights.subarray(offset, offset + entries.get('length')!);
    const { name, dims, dataType } = tensor;
    return create(TensorProtoSchema, { name, dims, dataType, rawData });
  });
  await writeFile(path, toBinary(ModelProtoSchema, model));
}
