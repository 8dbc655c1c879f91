/** Reads an ONNX file that anyone may have written. */
import { readFile, stat } from 'node:fs/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { codeOf, messageOf, UsageError } from '@labelmill/shared/errors';
import { type GraphProto, type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { exposeTensorBulk } from './tensor-bulk.ts';

/** Protobuf's own limit. */
const maxFileBytes = 2 ** 31 - 1;
/** Of all that is not a tensor's numbers. Real networks have less than a tenth; a decoded message is many times larger. */
const maxStructureBytes = 32 * 2 ** 20;

export type OnnxModel = ModelProto & { graph: GraphProto };

/**
 * The decoded model. Its tensors' numbers are views into the file's bytes, so whoever keeps a part of it keeps it all.
 *
 * @throws UsageError `unreadable_model`, `model_too_large`, `bad_onnx`.
 */
export async function readOnnx(path: string): Promise<OnnxModel> {
  const bytes = await fileBytes(path);
  let model: ModelProto;
  let structure: number;
  try {
    structure = bytes.length - exposeTensorBulk(bytes);
    if (structure > maxStructureBytes)
      throw tooLarge(`${structure} bytes besides its initializers`, maxStructureBytes);
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError('bad_onnx', `it is no ONNX file: ${messageOf(cause)}`, { cause });
  }
  const { graph } = model;
  if (graph === undefined || graph.node.length === 0) throw new UsageError('bad_onnx', 'it holds no graph');
  return Object.assign(model, { graph });
}

async function fileBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) throw tooLarge(`${size} bytes`, maxFileBytes);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw new UsageError('unreadable_model', reason, { cause });
  }
}

function tooLarge(found: string, limit: number): UsageError {
  return new UsageError('model_too_large', `it has ${found}; at most ${limit} are read`);
}
