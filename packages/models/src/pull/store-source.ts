/** Published weights from a folder or a bucket that someone filled before: a cluster's own copy, or a stick. */
import { LabelmillError, OutageError, UsageError } from '@labelmill/shared/errors';
import type { ObjectEntry, ObjectStore } from '@labelmill/shared/store/object-store';
import { joinUri } from '@labelmill/shared/store/uri';
import type { PublishedWeights } from './published-weights.ts';
import type { WeightsSource } from './weights-source.ts';

/** A store's own limit is meant for images. */
const readTimeoutMs = 3_600_000;

/**
 * Looks below `prefix` for the file by its catalogue name (`vgg16.tv_in1k.safetensors`), then by its sha256. Stores
 * read whole objects, so a broken read starts over.
 *
 * @param prefix `s3://bucket/prefix` or `file:///folder`.
 */
export function storeSource(store: ObjectStore, prefix: string): WeightsSource {
  return {
    async open(weights, _offset, signal) {
      const { uri, bytes } = await find(store, prefix, weights, signal);
      const options = { timeoutMs: readTimeoutMs, maxBytes: bytes, ...(signal && { signal }) };
      return { offset: 0, total: bytes, blocks: translated(store.stream(uri, options)) };
    },
  };
}

async function find(
  store: ObjectStore,
  prefix: string,
  { file, sha256 }: PublishedWeights,
  signal: AbortSignal | undefined,
): Promise<ObjectEntry> {
  for (const name of [file, sha256]) {
    const entry = await store.head(joinUri(prefix, name), signal ? { signal } : {}).catch((error) => {
      throw translate(error);
    });
    if (entry !== null) return entry;
  }
  throw new UsageError('not_there', `neither ${file} nor ${sha256} is in ${prefix}`);
}

async function* translated(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* blocks;
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (!(error instanceof LabelmillError)) return error;
  const { code, message: reason, retryable } = error;
  if (retryable) return new OutageError('download_failed', reason, { cause: error });
  return new UsageError(code, reason, { cause: error });
}
