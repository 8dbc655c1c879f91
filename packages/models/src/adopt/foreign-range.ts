/** Where a foreign model's external data lies: only in regular files below its own folder. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { UsageError } from '@labelmill/shared/errors';
import type { TensorProto } from 'onnx-buf';

export interface ForeignRange {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * @param modelPath of the ONNX file that holds `tensor`.
 * @param bytes that its shape needs.
 * @throws UsageError `unsafe_external_data` for a path that leads out of the folder, whichever way;
 * `bad_external_data` where the file or the bytes are not there.
 */
export async function foreignRange(
  modelPath: string,
  tensor: TensorProto,
  bytes: number,
): Promise<ForeignRange> {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const title = `initializer ${tensor.name}, external data ${JSON.stringify(location)}`;
  if (location === '' || isAbsolute(location) || location.split(/[\\/]/).includes('..')) {
    throw new UsageError('unsafe_external_data', `${title}: it must lie beside the model`);
  }
  const folder = await realpath(dirname(modelPath));
  const path = await realpath(join(folder, location)).catch((cause) => {
    throw new UsageError('bad_external_data', `${title}: there is no such file`, { cause });
  });
  if (!path.startsWith(folder + sep)) {
    throw new UsageError('unsafe_external_data', `${title}: it is a link out of the model's folder`);
  }
  const file = await stat(path);
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? file.size - offset);
  const inside = Number.isSafeInteger(offset) && offset >= 0 && offset + bytes <= file.size;
  if (!file.isFile() || !inside || length !== bytes) {
    throw new UsageError('bad_external_data', `${title}: ${bytes} bytes from ${offset} on are not there`);
  }
  return { path, offset, bytes };
}
