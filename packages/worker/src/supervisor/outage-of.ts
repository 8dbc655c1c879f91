import { ImageError, LabelmillError, messageOf, OutageError, UsageError } from '@labelmill/shared/errors';

/** Files of a run that were written whole, and are not whole any more. */
const damaged: ReadonlySet<string> = new Set(['broken_part', 'broken_features']);

/**
 * The outage behind what a chunk threw, or null where it was none. Errors of images are values by then: an `ImageError`
 * (access denied) or a `UsageError` (no such bucket, a read-only disk) is about the run's folder, which could be written
 * when the run began. No image is to blame for that, and it may be mended while the chunk waits.
 *
 * So may a damaged file of a chunk that is not counted. To replace it unasked would be wrong: whoever wrote it may be
 * about to count what it held.
 */
export function outageOf(error: unknown): OutageError | null {
  if (error instanceof OutageError) return error;
  if (error instanceof LabelmillError && damaged.has(error.code)) {
    const message = `${messageOf(error)}; its chunk waits: remove the file, and its images are labelled again`;
    return new OutageError(error.code, message, { cause: error, retryable: false });
  }
  if (!(error instanceof UsageError || error instanceof ImageError)) return null;
  return new OutageError(error.code, messageOf(error), { cause: error });
}
