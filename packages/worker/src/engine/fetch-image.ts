/** Reads one image's bytes and stays with it through short outages. */
import { ImageError, OutageError } from '@labelmill/shared/errors';
import type { ObjectBody, ObjectStore } from '@labelmill/shared/store/object-store';
import pRetry from 'p-retry';
import type { ImageLimits } from './protocol.ts';

/** Five tries over 5 to 10 s: long enough for a throttled or restarting store, short enough to notice a dead one. */
const retryPolicy = { retries: 4, minTimeout: 300, factor: 2, randomize: true };

/**
 * The object's bytes, at least one and at most `maxBytes`.
 * Throws ImageError for what is wrong with this object, OutageError when the store stayed unreachable.
 */
export async function fetchImage(store: ObjectStore, uri: string, limits: ImageLimits): Promise<ObjectBody> {
  const { maxBytes, fetchTimeoutMs: timeoutMs } = limits;
  const object = await pRetry(() => store.read(uri, { maxBytes, timeoutMs }), {
    ...retryPolicy,
    shouldRetry: ({ error }) => error instanceof OutageError && error.retryable,
  });
  if (object.body.length === 0) throw new ImageError('empty', 'the object has no bytes');
  return object;
}
