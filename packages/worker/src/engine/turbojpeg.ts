/**
 * libjpeg-turbo called directly: the library's file from @julusian/jpeg-turbo, which itself only offers the inexact DCT.
 * libvips hands the same pixels over at more than twice the cost. Names and numbers are those of turbojpeg.h, 3.1.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';

const forDecompression = 1;
const rgb = 0;
const parameters = {
  stopOnWarning: 0,
  width: 5,
  height: 6,
  colourSpace: 8,
  scanLimit: 13,
  arithmetic: 14,
  lossless: 15,
} as const;
const plainColourSpaces: readonly number[] = [1, 2]; // YCbCr and grey; RGB, CMYK and YCCK need more thought

/** Ordinary progressive files have about ten scans; one with thousands would keep a thread for minutes. */
const mostScans = 50;

type Handle = object;

/** Buffers are given as they are: C reads and writes their memory, so their lengths must have been checked. */
interface Library {
  init(kind: number): Handle | null;
  destroy(handle: Handle): void;
  set(handle: Handle, parameter: number, value: number): number;
  get(handle: Handle, parameter: number): number;
  readHeader(handle: Handle, bytes: Uint8Array, length: number): number;
  /** On one of libuv's threads; its result is 0 for a picture without any warning. */
  decompress(handle: Handle, bytes: Uint8Array, pixels: Uint8Array): Promise<number>;
}

const library = openLibrary();

/** One decompressor, for one image at a time. */
export class TurboJpeg implements Disposable {
  readonly #library: Library;
  readonly #handle: Handle;

  private constructor(library: Library, handle: Handle) {
    this.#library = library;
    this.#handle = handle;
    library.set(handle, parameters.stopOnWarning, 1);
    library.set(handle, parameters.scanLimit, mostScans);
  }

  /** Null on systems that the package has no library for (macOS, Windows). */
  static open(): TurboJpeg | null {
    const handle = library?.init(forDecompression) ?? null;
    return library === null || handle === null ? null : new TurboJpeg(library, handle);
  }

  /**
   * Decodes a plain JPEG (YCbCr or grey, Huffman coded) of width × height pixels into `pixels`, RGB row by row.
   * False, with anything in `pixels`, where libjpeg has as much as a warning or the image is not of that kind or size.
   */
  async decode(
    bytes: Uint8Array,
    { width, height }: { width: number; height: number },
    pixels: Uint8Array,
  ): Promise<boolean> {
    const { get, readHeader, decompress } = this.#library;
    if (readHeader(this.#handle, bytes, bytes.length) !== 0) return false;
    const is = (parameter: number) => get(this.#handle, parameter);
    // C writes as many bytes as the header says: ours must be the same.
    const fits = is(parameters.width) === width && is(parameters.height) === height;
    if (!fits || pixels.length < width * height * 3) return false;
    const isPlain = plainColourSpaces.includes(is(parameters.colourSpace));
    if (!isPlain || is(parameters.arithmetic) === 1 || is(parameters.lossless) === 1) return false;
    return (await decompress(this.#handle, bytes, pixels)) === 0;
  }

  [Symbol.dispose](): void {
    this.#library.destroy(this.#handle);
  }
}

function openLibrary(): Library | null {
  if (process.platform !== 'linux') return null;
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('@julusian/jpeg-turbo/package.json')),
    'prebuilds',
  );
  for (const libc of ['', '-musl']) {
    try {
      return bind(join(folder, `jpeg-turbo-linux-${process.arch}${libc}`, 'libturbojpeg.so.0'));
    } catch {
      // Made for the other C library, or for none of this processor: the next one, or sharp alone.
    }
  }
  return null;
}

function bind(file: string): Library {
  const library = koffi.load(file);
  const decompress = library.func('int tj3Decompress8(void *, void *, size_t, void *, int, int)');
  return {
    init: library.func('void *tj3Init(int)'),
    destroy: library.func('void tj3Destroy(void *)'),
    set: library.func('int tj3Set(void *, int, int)'),
    get: library.func('int tj3Get(void *, int)'),
    readHeader: library.func('int tj3DecompressHeader(void *, void *, size_t)'),
    decompress: (handle, bytes, pixels) =>
      new Promise((resolve, reject) => {
        decompress.async(handle, bytes, bytes.length, pixels, 0, rgb, (error: unknown, result: number) => {
          // Named here so that neither buffer is collected while C uses its memory.
          if (error !== null)
            reject(new Error(`libjpeg-turbo: ${bytes.length}, ${pixels.length}`, { cause: error }));
          else resolve(result);
        });
      }),
  };
}
