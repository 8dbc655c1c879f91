import { ImageError } from '@labelmill/shared/errors';
import type { ImageLimits } from './protocol.ts';

/**
 * Native code cannot be interrupted everywhere: after the limit the image is given up even if its thread goes on.
 * @throws ImageError `decode_timeout`
 */
export async function withinLimit<T>(
  { decodeTimeoutMs }: Pick<ImageLimits, 'decodeTimeoutMs'>,
  work: Promise<T>,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    reject,
    decodeTimeoutMs,
    new ImageError('decode_timeout', `decoding took longer than ${decodeTimeoutMs} ms`),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
