import pRetry from 'p-retry';
import { OutageError } from '../errors.ts';

/** Soon at first, because most outages are short; never longer than ten seconds, so that work goes on soon after. */
const policy = { minTimeout: 500, factor: 2, maxTimeout: 10_000, randomize: true } as const;

/**
 * Repeats what fails for an outage of the surroundings until that is over or `signal` aborts. For work that can be
 * done again from its beginning and that nobody else would take over.
 * @param onOutage called after each attempt that failed
 * @throws whatever is no outage, or an outage that ends only when someone changes something (credentials, disk)
 */
export function outlast<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal,
  onOutage: (error: OutageError) => void,
): Promise<T> {
  return pRetry(attempt, {
    ...policy,
    retries: Number.POSITIVE_INFINITY,
    signal,
    shouldRetry: ({ error }) => error instanceof OutageError && error.retryable,
    onFailedAttempt: ({ error }) => {
      if (error instanceof OutageError && error.retryable) onOutage(error);
    },
  });
}
