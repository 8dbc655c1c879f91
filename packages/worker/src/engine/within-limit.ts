import { ImageError } from '@labelmill/shared/errors';
import type { ImageLimits } from './protocol.ts';

const givenUp = new Set<Promise<unknown>>();

/** Work of this thread that was given up and goes on all the same. */
export const givenUpWork: ReadonlySet<Promise<unknown>> = givenUp;

/**
 * Native code cannot be interrupted everywhere: after the limit the image is given up even if its thread goes on.
 * @throws ImageError `decode_timeout`
 */
export async function withinLimit<T>(
  { decodeTimeoutMs }: Pick<ImageLimits, 'decodeTimeoutMs'>,
  work: Promise<T>,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () => {
    givenUp.add(work);
    const end = () => void givenUp.delete(work);
    work.then(end, end);
    reject(new ImageError('decode_timeout', `decoding took longer than ${decodeTimeoutMs} ms`));
  };
  const timer = setTimeout(giveUp, decodeTimeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
