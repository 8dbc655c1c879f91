/** Where the parts of an image file lie, for mutators that keep the rest of it whole. */

export const imageFormats = ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** A number in the file. */
export interface NumberField {
  readonly at: number;
  readonly bytes: 1 | 2 | 4;
  readonly endian: 'big' | 'little';
}

/** A segment, chunk, block or directory entry. */
export interface Part {
  /** `APP1`, `IHDR`, `VP8X`, `frame`, `tag 256` … */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Where its content begins. */
  readonly body: number;
  /** Its length as the file says it. */
  readonly length: NumberField | null;
}

export interface ImageParts {
  readonly parts: readonly Part[];
  /** Width and height, wherever the file says them. */
  readonly sides: readonly NumberField[];
}

export function partsOf(bytes: Uint8Array, format: ImageFormat): ImageParts {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: { parts: Part[]; sides: NumberField[] } = { parts: [], sides: [] };
  try {
    readers[format](view, found);
  } catch (error) {
    // Seeds may be broken themselves: what was found until then is enough.
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

type Reader = (view: Buffer, found: { parts: Part[]; sides: NumberField[] }) => void;

const big = (at: number, bytes: NumberField['bytes']): NumberField => ({ at, bytes, endian: 'big' });
const little = (at: number, bytes: NumberField['bytes']): NumberField => ({ at, bytes, endian: 'little' });

const readers: Record<ImageFormat, Reader> = {
  jpeg(view, { parts, sides }) {
    for (let at = 2; at + 4 <= view.length && view[at] === 0xff; ) {
      const marker = view.readUInt8(at + 1);
      const end = at + 2 + view.readUInt16BE(at + 2);
      parts.push({ name: `FF${marker.toString(16)}`, start: at, end, body: at + 4, length: big(at + 2, 2) });
      if (marker >= 0xc0 && marker <= 0xc2) sides.push(big(at + 5, 2), big(at + 7, 2));
      if (marker === 0xda) return;
      at = end;
    }
  },
  png(view, { parts, sides }) {
    for (let at = 8; at + 12 <= view.length; ) {
      const end = at + 12 + view.readUInt32BE(at);
      const name = view.toString('latin1', at + 4, at + 8);
      parts.push({ name, start: at, end, body: at + 8, length: big(at, 4) });
      if (name === 'IHDR') sides.push(big(at + 8, 4), big(at + 12, 4));
      if (name === 'fcTL') sides.push(big(at + 12, 4), big(at + 16, 4));
      at = end;
    }
  },
  webp(view, { parts, sides }) {
    for (let at = 12; at + 8 <= view.length; ) {
      const length = view.readUInt32LE(at + 4);
      const end = at + 8 + length + (length % 2);
      const name = view.toString('latin1', at, at + 4);
      parts.push({ name, start: at, end, body: at + 8, length: little(at + 4, 4) });
      if (name === 'VP8X') sides.push(little(at + 12, 2), little(at + 15, 2));
      if (name === 'VP8 ') sides.push(little(at + 14, 2), little(at + 16, 2));
      if (name === 'VP8L') sides.push(little(at + 9, 4));
      if (name === 'ANMF') sides.push(little(at + 8, 2), little(at + 14, 2), little(at + 17, 2));
      at = end;
    }
  },
  gif(view, { parts, sides }) {
    const table = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
    const afterBlocks = (from: number) => {
      let at = from;
      while (view.readUInt8(at) !== 0) at += 1 + view.readUInt8(at);
      return at + 1;
    };
    sides.push(little(6, 2), little(8, 2));
    for (let at = 13 + table(view.readUInt8(10)); at < view.length && view[at] !== 0x3b; ) {
      const isFrame = view[at] === 0x2c;
      const body = isFrame ? at + 10 + table(view.readUInt8(at + 9)) + 1 : at + 2;
      const end = afterBlocks(body);
      const name = isFrame ? 'frame' : `extension ${view.readUInt8(at + 1)}`;
      parts.push({ name, start: at, end, body, length: little(body, 1) });
      if (isFrame) sides.push(little(at + 1, 2), little(at + 3, 2), little(at + 5, 2), little(at + 7, 2));
      at = end;
    }
  },
  tiff(view, { parts, sides }) {
    const isLittle = view[0] === 0x49;
    const field = isLittle ? little : big;
    const u16 = (at: number) => (isLittle ? view.readUInt16LE(at) : view.readUInt16BE(at));
    const u32 = (at: number) => (isLittle ? view.readUInt32LE(at) : view.readUInt32BE(at));
    let directory = u32(4);
    for (let left = 8; directory > 0 && left > 0; left--) {
      const entries = u16(directory);
      for (let n = 0; n < entries; n++) {
        const at = directory + 2 + 12 * n;
        const tag = u16(at);
        parts.push({ name: `tag ${tag}`, start: at, end: at + 12, body: at + 8, length: field(at + 4, 4) });
        // Width, height, rows per strip, tile width and length.
        if ([256, 257, 278, 322, 323].includes(tag)) sides.push(field(at + 8, 4));
      }
      directory = u32(directory + 2 + 12 * entries);
    }
  },
};
