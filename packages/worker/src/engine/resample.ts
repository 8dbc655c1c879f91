/**
 * Pillow's bilinear resize with antialiasing, for 8-bit RGB: the same triangle filter, fixed-point weights, order of
 * passes and rounding as its Resample.c. Only where Pillow 13 takes the vertical pass first (the height loses more than
 * twice as many pixels as the width), or sides are swapped behind us, single values are one level apart.
 *
 * libvips' own resize costs more, rounds otherwise, and averages blocks first where it shrinks four times or more, which
 * moves pixels by up to 15 levels and small networks' scores by up to 0.09.
 */
import { ImageError } from '@labelmill/shared/errors';
import { resampleKernel } from './resample-kernel.ts';
import { type Span, type Windows, windowsOf } from './resample-windows.ts';

const channels = 3;
/** The source goes through the kernel's memory in strips of rows of about this size. */
const stripBytes = 1 << 20;

/** Part of an axis before the resize: from `first` up to, not including, `end`. */
export interface SourceRange {
  readonly first: number;
  readonly end: number;
}

export interface Resampling {
  /** The source rows that the result is made of. */
  readonly rows: SourceRange;
  /**
   * `pixels` are those rows, each across.from × 3 bytes; the result is down.length rows of across.length × 3 bytes.
   * Throws ImageError `undecodable` for another number of bytes: what came before would be read in their place.
   */
  run(pixels: Uint8Array): Uint8Array;
}

/** ../../kernel/resample.ts; addresses and strides are in bytes. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): void };
  narrowRows(
    source: number,
    sourceStride: number,
    rows: number,
    first: number,
    weights: number,
    taps: number,
    length: number,
    target: number,
    stride: number,
  ): void;
  joinRows(
    source: number,
    stride: number,
    first: number,
    weights: number,
    taps: number,
    length: number,
    target: number,
  ): void;
}

/** Node has it; the types of its libraries do not. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** One a thread: it is never in use across an await. */
const kernel = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(resampleKernel, 'base64')))
  .exports as Kernel;
const pageBytes = 65_536;

/** Works out how the two spans are made from an image of across.from × down.from pixels. */
export function planResampling(across: Span, down: Span): Resampling {
  const columns = windowsOf(across);
  const lines = windowsOf(down);
  const rows = { first: lines.first[0]!, end: lines.first.at(-1)! + lines.taps };
  return { rows, run: (pixels) => resample(pixels, across.from * channels, rows, columns, lines) };
}

function resample(
  pixels: Uint8Array,
  rowBytes: number,
  { first, end }: SourceRange,
  columns: Windows,
  lines: Windows,
): Uint8Array {
  const wanted = (end - first) * rowBytes;
  if (pixels.length !== wanted) {
    throw new ImageError('undecodable', `it decodes to ${pixels.length} bytes, not ${wanted}`);
  }
  const width = columns.first.length;
  const height = lines.first.length;
  const stride = aligned(width * channels);
  const stripRows = Math.min(end - first, Math.max(1, Math.floor(stripBytes / rowBytes)));
  let used = 0;
  const reserve = (bytes: number): number => {
    const at = used;
    used = aligned(at + bytes);
    return at;
  };
  const at = {
    columnsFirst: reserve(columns.first.byteLength),
    columnsWeight: reserve(columns.weight.byteLength),
    linesFirst: reserve(lines.first.byteLength),
    linesWeight: reserve(lines.weight.byteLength),
    // The kernel reads and writes pixels as four bytes.
    strip: reserve(stripRows * rowBytes + 1),
    narrow: reserve((end - first) * stride + 1),
    joined: reserve(height * stride),
  };
  const missing = used - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / pageBytes));
  const bytes = new Uint8Array(kernel.memory.buffer);
  const words = new Int32Array(kernel.memory.buffer);
  words.set(columns.first, at.columnsFirst / 4);
  words.set(columns.weight, at.columnsWeight / 4);
  words.set(
    lines.first.map((row) => row - first),
    at.linesFirst / 4,
  );
  words.set(lines.weight, at.linesWeight / 4);

  for (let row = 0; row < end - first; row += stripRows) {
    const count = Math.min(stripRows, end - first - row);
    bytes.set(pixels.subarray(row * rowBytes, (row + count) * rowBytes), at.strip);
    kernel.narrowRows(
      at.strip,
      rowBytes,
      count,
      at.columnsFirst,
      at.columnsWeight,
      columns.taps,
      width,
      at.narrow + row * stride,
      stride,
    );
  }
  kernel.joinRows(at.narrow, stride, at.linesFirst, at.linesWeight, lines.taps, height, at.joined);
  const joined = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const row = at.joined + y * stride;
    joined.set(bytes.subarray(row, row + width * channels), y * width * channels);
  }
  return joined;
}

/** Up to a multiple of 16, as the kernel's vectors need it. */
function aligned(bytes: number): number {
  return (bytes + 15) & ~15;
}
