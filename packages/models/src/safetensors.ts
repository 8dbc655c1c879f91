/**
 * Reads the header of a safetensors file: a little-endian u64 length, that much JSON, then the tensors' bytes.
 * https://huggingface.co/docs/safetensors; the rules on gaps and on the header's size are its reference reader's.
 */
import { open } from 'node:fs/promises';
import { UsageError } from '@labelmill/shared/errors';
import { z } from 'zod';

/** Bytes per number of the element types that are whole bytes. */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type Dtype = keyof typeof dtypeBytes;

/** A longer header is refused unread. */
const maxHeaderBytes = 100_000_000;

const size = z.int().nonnegative();
const tensorSchema = z.object({
  dtype: z.enum(Object.keys(dtypeBytes) as [Dtype, ...Dtype[]]),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const headerSchema = z
  .looseObject({ __metadata__: z.record(z.string(), z.string()).optional() })
  .transform(({ __metadata__, ...tensors }, context) => {
    const parsed = z.record(z.string(), tensorSchema).safeParse(tensors);
    if (parsed.success) return { metadata: __metadata__ ?? {}, tensors: parsed.data };
    for (const issue of parsed.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  });

export interface TensorRange {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorRange>;
}

/**
 * Reads and checks the header without touching the tensors' bytes.
 *
 * @throws UsageError `bad_safetensors`, naming the tensor where one is at fault: the header is cut or no valid JSON, a
 * range does not fit its shape or the file, or the ranges overlap or leave gaps.
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  await using file = await open(path);
  const { size: fileBytes } = await file.stat();
  const prefix = await file.read({ buffer: Buffer.alloc(8), position: 0 });
  if (prefix.bytesRead < 8) throw refusal(path, 'it is shorter than 8 bytes');
  const headerBytes = Number(prefix.buffer.readBigUInt64LE());
  if (headerBytes > maxHeaderBytes || 8 + headerBytes > fileBytes) {
    throw refusal(path, `a header of ${headerBytes} bytes cannot be in a file of ${fileBytes}`);
  }
  const { buffer } = await file.read({ buffer: Buffer.alloc(headerBytes), position: 8 });
  const header = parseHeader(path, buffer.toString('utf8'));
  const bodyOffset = 8 + headerBytes;
  const tensors = new Map<string, TensorRange>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header.tensors)) {
    const [begin, end] = data_offsets;
    const bytes = shape.reduce((product, side) => product * side, dtypeBytes[dtype]);
    if (end - begin !== bytes) {
      throw refusal(path, `tensor ${name} has ${end - begin} bytes, but its shape needs ${bytes}`);
    }
    if (bodyOffset + end > fileBytes) throw refusal(path, `tensor ${name} ends behind the file`);
    tensors.set(name, { dtype, shape, offset: bodyOffset + begin, bytes });
  }
  requireNoGaps(path, tensors, bodyOffset, fileBytes);
  return { path, metadata: header.metadata, tensors };
}

function parseHeader(path: string, text: string): z.infer<typeof headerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refusal(path, 'its header is not JSON', cause);
  }
  const parsed = headerSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refusal(path, `header, ${issue?.path.join('.')}: ${issue?.message}`);
}

function requireNoGaps(
  path: string,
  tensors: ReadonlyMap<string, TensorRange>,
  begin: number,
  end: number,
): void {
  let position = begin;
  for (const [name, range] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes)) {
    if (range.offset !== position) throw refusal(path, `tensor ${name} overlaps another or leaves a gap`);
    position += range.bytes;
  }
  if (position !== end) throw refusal(path, `${end - position} bytes behind the last tensor`);
}

function refusal(path: string, reason: string, cause?: unknown): UsageError {
  return new UsageError('bad_safetensors', `${path} is no valid safetensors file: ${reason}`, { cause });
}
