import type { ImageHeader } from './jpeg-header.ts';

const bytesPerSample: Record<string, number> = { uchar: 1, char: 1, ushort: 2, short: 2, double: 8 };

/**
 * Memory that decoding takes, an upper bound: the rows that are handed over as RGB, and the whole picture in a decoder
 * that cannot give it row by row. Those are progressive JPEG (coefficients of 2 bytes for three components), interlaced
 * PNG, and all of WebP, GIF and TIFF (four samples a pixel; a TIFF may be one strip).
 */
export function decodedBytes(header: ImageHeader, handedOver: number): number {
  return handedOver + header.width * header.height * bytesInside(header);
}

function bytesInside({ format, isProgressive = false, depth }: ImageHeader): number {
  if (format === 'jpeg') return isProgressive ? 6 : 0;
  if (format === 'png' && !isProgressive) return 0;
  return 4 * (bytesPerSample[depth] ?? 4);
}
