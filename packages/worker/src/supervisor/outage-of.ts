import { ImageError, messageOf, OutageError, UsageError } from '@labelmill/shared/errors';

/**
 * The outage behind what a chunk threw, or null where it was none. Errors of images are values by then: an `ImageError`
 * (access denied) or a `UsageError` (no such bucket, a read-only disk) is about the run's folder, which could be written
 * when the run began. No image is to blame for that, and it may be mended while the chunk waits.
 */
export function outageOf(error: unknown): OutageError | null {
  if (error instanceof OutageError) return error;
  if (!(error instanceof UsageError || error instanceof ImageError)) return null;
  return new OutageError(error.code, messageOf(error), { cause: error });
}
