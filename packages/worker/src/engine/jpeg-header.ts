/**
 * What decoding needs to know of a JPEG, read without libvips: a second pipeline for the header alone costs a tenth of
 * a photo's decode. Only plain headers are read; of everything else libvips says what it is.
 */

/** As sharp's metadata names them. */
export interface ImageHeader {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** 1 to 8, where the image says it. */
  readonly orientation?: number | undefined;
  readonly icc?: Uint8Array | undefined;
  readonly depth: string;
  /** Progressive JPEG, interlaced PNG. */
  readonly isProgressive?: boolean | undefined;
}

const exifMark = 'Exif\0\0';
const iccMark = 'ICC_PROFILE\0';

/** Null for what is no JPEG, or one of which something is unusual or broken. */
export function jpegHeader(bytes: Uint8Array): ImageHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return headerOf(bytes, view);
  } catch (error) {
    // A length or an offset points outside.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function headerOf(bytes: Uint8Array, view: DataView): ImageHeader | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  let size: { width: number; height: number; isProgressive: boolean } | null = null;
  let exif: DataView | null = null;
  let icc: Uint8Array | undefined;
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    const length = view.getUint16(at + 2);
    const body = at + 4;
    const end = at + 2 + length;
    if (marker === 0xda) break;
    if (isFrame(marker)) {
      // Baseline, extended or progressive, of 8 bits, once; arithmetic, lossless and hierarchical ones are rare.
      if (marker > 0xc2 || size !== null || view.getUint8(body) !== 8) return null;
      size = {
        height: view.getUint16(body + 1),
        width: view.getUint16(body + 3),
        isProgressive: marker === 0xc2,
      };
    } else if (marker === 0xe1 && startsWith(bytes, body, exifMark)) {
      if (exif !== null) return null;
      const start = body + exifMark.length;
      exif = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    } else if (marker === 0xe2 && startsWith(bytes, body, iccMark)) {
      const start = body + iccMark.length;
      // Profiles in several pieces are larger than 64 kB.
      if (icc !== undefined || view.getUint16(start) !== 0x0101) return null;
      icc = bytes.subarray(start + 2, end);
    } else if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9)) return null;
    at = end;
  }
  if (size === null || size.width === 0 || size.height === 0) return null;
  const orientation = exif === null ? undefined : orientationIn(exif);
  if (orientation === null) return null;
  return { format: 'jpeg', ...size, orientation, icc, depth: 'uchar' };
}

/** SOF0 to SOF15 without DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Undefined where the first directory has no orientation, null where it is written in an unusual way. */
function orientationIn(tiff: DataView): number | null | undefined {
  const order = tiff.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  if (tiff.getUint16(2, little) !== 42) return null;
  const directory = tiff.getUint32(4, little);
  const count = tiff.getUint16(directory, little);
  for (let entry = directory + 2; entry < directory + 2 + 12 * count; entry += 12) {
    if (tiff.getUint16(entry, little) !== 0x0112) continue;
    const isShort = tiff.getUint16(entry + 2, little) === 3 && tiff.getUint32(entry + 4, little) === 1;
    const value = tiff.getUint16(entry + 8, little);
    return isShort && value >= 1 && value <= 8 ? value : null;
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, at: number, mark: string): boolean {
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark.charCodeAt(i)) return false;
  return true;
}
