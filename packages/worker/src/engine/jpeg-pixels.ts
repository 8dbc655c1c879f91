/** All pixels of a plain JPEG, by libjpeg-turbo; the memory they are in is lent, because new memory costs page faults. */
import type { ImageHeader } from './jpeg-header.ts';
import { isSrgbProfile } from './srgb-profile.ts';
import { TurboJpeg } from './turbojpeg.ts';

export interface LentPixels extends Disposable {
  /** width × height × 3 bytes, RGB, until this is disposed of. */
  readonly pixels: Uint8Array;
}

interface Decoder {
  readonly turbo: TurboJpeg;
  scratch: Uint8Array;
}

/** Larger images get memory of their own, so that a loader's idle decoders stay small. */
const mostScratchBytes = 8 * 2 ** 20;

const idle: Decoder[] = [];

/** Null where sharp has to decide: what is no JPEG, no sRGB, unusual or the least bit damaged. */
export async function jpegPixels(bytes: Uint8Array, header: ImageHeader): Promise<LentPixels | null> {
  const isSrgb = header.icc === undefined || isSrgbProfile(header.icc);
  if (header.format !== 'jpeg' || header.depth !== 'uchar' || !isSrgb) return null;
  const decoder = idle.pop() ?? openDecoder();
  if (decoder === null) return null;
  const length = header.width * header.height * 3;
  if (decoder.scratch.length < length) decoder.scratch = new Uint8Array(length);
  const isDone = await decoder.turbo.decode(bytes, header, decoder.scratch);
  if (!isDone) {
    decoder.turbo[Symbol.dispose]();
    return null;
  }
  return { pixels: decoder.scratch.subarray(0, length), [Symbol.dispose]: () => giveBack(decoder) };
}

function openDecoder(): Decoder | null {
  const turbo = TurboJpeg.open();
  return turbo === null ? null : { turbo, scratch: new Uint8Array(0) };
}

function giveBack(decoder: Decoder): void {
  if (decoder.scratch.length > mostScratchBytes) decoder.scratch = new Uint8Array(0);
  idle.push(decoder);
}
