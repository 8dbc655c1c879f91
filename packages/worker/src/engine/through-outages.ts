/** Stays with a read through short outages. */
import { ImageError, OutageError } from '@labelmill/shared/errors';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { shown } from '@labelmill/shared/store/shown-uri';
import pRetry from 'p-retry';
import type { ControlRead } from './control-read.ts';
import type { ImageLimits } from './protocol.ts';

/** Five tries over 5 to 10 s: long enough for a throttled or restarting store, short enough to notice a dead one. */
const retryPolicy = { retries: 4, minTimeout: 300, factor: 2, randomize: true };
/** Tries that may run into the time limit: with the two reads below, four times the limit, and less than what ends a silent engine. */
const timeoutTries = 2;
const timeoutCodes: ReadonlySet<string> = new Set(['s3_timeout', 'https_timeout']);

export interface TriedRead<T> {
  /** Of the image that is read, or of the first one. */
  readonly uri: string;
  /** For images, and so for reading `uri`. */
  readonly store: ObjectStore;
  readonly limits: ImageLimits;
  readonly control: ControlRead;
  read(): Promise<T>;
  /** Reads `uri` and nothing else. */
  readAlone(): Promise<T>;
}

/**
 * Of a read that ran into its time limit twice, `control` says whose fault it is: where the place gives what it gave
 * before, and not this image even then, the image is at fault (`fetch_timeout`), or one that never comes would be
 * tried for ever. Where it gives nothing, that is an outage like any other.
 *
 * Throws ImageError for what is wrong with the object, OutageError when the store stayed unreachable.
 */
export async function throughOutages<T>({
  uri,
  store,
  limits,
  control,
  read,
  readAlone,
}: TriedRead<T>): Promise<T> {
  let timeouts = 0;
  return pRetry(read, {
    ...retryPolicy,
    shouldRetry: ({ error }) => {
      if (isTimeout(error)) timeouts++;
      return error instanceof OutageError && error.retryable && timeouts < timeoutTries;
    },
  }).catch(async (error: unknown) => {
    if (timeouts < timeoutTries || !(await control.comes(store, uri, limits))) throw error;
    return readAlone().catch((last: unknown) => {
      throw isTimeout(last) ? neverComes(uri, last) : last;
    });
  });
}

function isTimeout(error: unknown): error is OutageError {
  return error instanceof OutageError && timeoutCodes.has(error.code);
}

function neverComes(uri: string, cause: OutageError): ImageError {
  const message = `${shown(uri)} did not come in time, ${timeoutTries + 1} times over, while others did`;
  return new ImageError('fetch_timeout', message, { retryable: true, cause });
}
