/** Reads one image's bytes and stays with it through short outages. */
import { ImageError, OutageError } from '@labelmill/shared/errors';
import type { ObjectBody, ObjectStore } from '@labelmill/shared/store/object-store';
import { shown } from '@labelmill/shared/store/shown-uri';
import pRetry from 'p-retry';
import { ControlRead } from './control-read.ts';
import type { ImageLimits } from './protocol.ts';

/** Five tries over 5 to 10 s: long enough for a throttled or restarting store, short enough to notice a dead one. */
const retryPolicy = { retries: 4, minTimeout: 300, factor: 2, randomize: true };
/** Tries that may run into the time limit: with the two reads below, four times the limit, and less than what ends a silent engine. */
const timeoutTries = 2;
const timeoutCodes: ReadonlySet<string> = new Set(['s3_timeout', 'https_timeout']);

/**
 * The object's bytes, at least one and at most `maxBytes`.
 *
 * Of a read that ran into its time limit twice, `control` says whose fault it is: where the place gives what it gave
 * before, and not this object even then, the object is at fault (`fetch_timeout`), or one that never comes would be
 * tried for ever. Where it gives nothing, that is an outage like any other.
 *
 * Throws ImageError for what is wrong with this object, OutageError when the store stayed unreachable.
 */
export async function fetchImage(
  store: ObjectStore,
  uri: string,
  limits: ImageLimits,
  control = new ControlRead(),
): Promise<ObjectBody> {
  const { maxBytes, fetchTimeoutMs: timeoutMs } = limits;
  const read = () => store.read(uri, { maxBytes, timeoutMs });
  let timeouts = 0;
  const object = await pRetry(read, {
    ...retryPolicy,
    shouldRetry: ({ error }) => {
      if (isTimeout(error)) timeouts++;
      return error instanceof OutageError && error.retryable && timeouts < timeoutTries;
    },
  }).catch(async (error: unknown) => {
    if (timeouts < timeoutTries || !(await control.comes(store, uri, limits))) throw error;
    return read().catch((last: unknown) => {
      throw isTimeout(last) ? neverComes(uri, last) : last;
    });
  });
  if (object.body.length === 0) throw new ImageError('empty', 'the object has no bytes');
  control.gave(uri);
  return object;
}

function isTimeout(error: unknown): error is OutageError {
  return error instanceof OutageError && timeoutCodes.has(error.code);
}

function neverComes(uri: string, cause: OutageError): ImageError {
  const message = `${shown(uri)} did not come in time, ${timeoutTries + 1} times over, while others did`;
  return new ImageError('fetch_timeout', message, { retryable: true, cause });
}
