/** Damage that knows where an image file's parts lie, so that decoders get past the header and into the damage. */
import { crc32 } from 'node:zlib';
import { type ByteMutator, byteMutators, edges, joined } from '../mutate-bytes.ts';
import type { Random } from '../random.ts';
import { type ImageFormat, imageFormats, type NumberField, type Part, partsOf } from './image-parts.ts';
import type { ImageSeed } from './image-seeds.ts';

export interface Mutant {
  readonly bytes: Uint8Array;
  readonly seed: ImageSeed;
  /** What was done to it, in order. */
  readonly done: readonly string[];
}

/** Profiles, EXIF, XMP and the like, by the names that `partsOf` gives. */
const metadata =
  /^FFe|^FFfe|ICCP|EXIF|XMP |iCCP|eXIf|iTXt|tEXt|zTXt|gAMA|cHRM|sRGB|^extension|tag (274|700|330|34665|34675)$/;
const likelySides = [0, 1, 2, 3, 7, 8, 255, 256, 1000, 10_000, 16_383, 16_384, 30_000, 65_500, 65_535];

/** A TIFF's directory lies at its end: blind damage mostly hits pixels. */
const structuralShare: Record<ImageFormat, number> = { jpeg: 0.5, png: 0.5, webp: 0.5, gif: 0.5, tiff: 0.8 };

/** The same seeds, random choices and number give the same mutant. */
export function mutantOf(seeds: readonly ImageSeed[], random: Random): Mutant {
  const format = random.pick(imageFormats);
  const alike = seeds.filter((seed) => seed.format === format);
  const seed = random.pick(alike);
  const other = random.pick(random.chance(0.7) ? alike : seeds);
  let bytes: Uint8Array = seed.bytes;
  const done: string[] = [];
  for (let left = 1 + random.below(3); left > 0; left--) {
    const [name, mutate] = random.pick(random.chance(structuralShare[format]) ? structural(format) : blind);
    bytes = mutate(bytes, random, other.bytes);
    done.push(name);
  }
  // Most damage to a PNG would stop at a checksum; some of it should.
  if (format === 'png' && random.chance(0.8)) bytes = withChecksums(bytes);
  return { bytes, seed, done };
}

type Named = readonly [string, ByteMutator];
const blind: readonly Named[] = Object.entries(byteMutators);

function structural(format: ImageFormat): readonly Named[] {
  const onPart = (
    name: string,
    change: (bytes: Buffer, part: Part, random: Random) => Uint8Array,
    only?: RegExp,
  ): Named => [
    name,
    (bytes, random) => {
      const parts = partsOf(bytes, format).parts.filter((part) => only?.test(part.name) ?? true);
      return parts.length === 0 ? bytes : change(Buffer.from(bytes), random.pick(parts), random);
    },
  ];
  return [
    ['sides', (bytes, random) => withOtherSides(Buffer.from(bytes), partsOf(bytes, format).sides, random)],
    onPart('length', (bytes, { length }, random) => withOtherLength(bytes, length, random)),
    onPart('drop', (bytes, { start, end }) => joined(bytes.subarray(0, start), bytes.subarray(end))),
    onPart('duplicate', duplicated),
    onPart('move', moved),
    onPart('body', damagedBody),
    onPart('metadata', damagedBody, metadata),
    onPart('metadataLength', (bytes, { length }, random) => withOtherLength(bytes, length, random), metadata),
  ];
}

function withOtherSides(bytes: Buffer, sides: readonly NumberField[], random: Random): Uint8Array {
  if (sides.length === 0) return bytes;
  for (let left = 1 + random.below(2); left > 0; left--) {
    write(bytes, random.pick(sides), random.pick(random.chance(0.7) ? likelySides : edges));
  }
  return bytes;
}

function withOtherLength(bytes: Buffer, field: NumberField | null, random: Random): Uint8Array {
  if (field === null || field.at + field.bytes > bytes.length) return bytes;
  const length = read(bytes, field);
  const near = [length - 1, length + 1, length * 2, length >> 1, length + random.below(64)];
  write(bytes, field, random.pick(random.chance(0.5) ? near : edges));
  return bytes;
}

/** Up to a few thousand times, as long as the file stays below a megabyte. */
function duplicated(bytes: Buffer, { start, end }: Part, random: Random): Uint8Array {
  const part = bytes.subarray(start, end);
  const most = Math.floor(2 ** 20 / Math.max(1, part.length));
  const times = Math.min(most, random.pick([1, 2, 10, 300, 4000]));
  return joined(
    bytes.subarray(0, start),
    ...Array.from({ length: times }, () => part),
    bytes.subarray(start),
  );
}

function moved(bytes: Buffer, { start, end }: Part, random: Random): Uint8Array {
  const rest = joined(bytes.subarray(0, start), bytes.subarray(end));
  const at = random.below(rest.length);
  return joined(rest.subarray(0, at), bytes.subarray(start, end), rest.subarray(at));
}

function damagedBody(bytes: Buffer, { body, end }: Part, random: Random): Uint8Array {
  const [, mutate] = random.pick(blind);
  const content = bytes.subarray(body, end);
  if (content.length === 0) return bytes;
  return joined(bytes.subarray(0, body), mutate(content, random, content), bytes.subarray(end));
}

function read(bytes: Buffer, { at, bytes: width, endian }: NumberField): number {
  return endian === 'big' ? bytes.readUIntBE(at, width) : bytes.readUIntLE(at, width);
}

function write(bytes: Buffer, { at, bytes: width, endian }: NumberField, number: number): void {
  if (at + width > bytes.length) return;
  const fitting = Math.max(0, number) % 2 ** (8 * width);
  if (endian === 'big') bytes.writeUIntBE(fitting, at, width);
  else bytes.writeUIntLE(fitting, at, width);
}

function withChecksums(bytes: Uint8Array): Uint8Array {
  const changed = Buffer.from(bytes);
  for (const { start, end } of partsOf(changed, 'png').parts) {
    if (end <= changed.length) changed.writeUInt32BE(crc32(changed.subarray(start + 4, end - 4)), end - 4);
  }
  return changed;
}
