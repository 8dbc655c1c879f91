/** What sharp throws, as the image's error code. sharp has no codes of its own, so its wording decides. */
import { ImageError, messageOf } from '@labelmill/shared/errors';
import type { DecodeLimits } from './decode.ts';
import { beginsLikeAnImage } from './signature.ts';

const prefix = /^Input buffer (has corrupt header: )?/;

/** The ImageError for anything thrown while an image is decoded. */
export function decodeError(error: unknown, bytes: Uint8Array, limits: DecodeLimits): ImageError {
  if (error instanceof ImageError) return error;
  const message = messageOf(error);
  if (message.includes('unsupported image format')) {
    // libvips knows a TIFF only by its first directory, and a cut one may have none.
    if (beginsLikeAnImage(bytes))
      return new ImageError('undecodable', 'its header is broken', { cause: error });
    return new ImageError('unsupported_format', 'not JPEG, PNG, WebP, GIF or TIFF');
  }
  if (message.includes('exceeds pixel limit')) {
    return new ImageError('too_many_pixels', `more than ${limits.maxPixels} pixels`);
  }
  if (/^timeout:/.test(message)) {
    return new ImageError('decode_timeout', `decoding took longer than ${limits.decodeTimeoutMs} ms`);
  }
  const firstLine = message.replace(prefix, '').split('\n', 1)[0] ?? '';
  return new ImageError('undecodable', firstLine, { cause: error });
}
