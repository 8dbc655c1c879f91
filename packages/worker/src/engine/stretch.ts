/**
 * A stretch: images that are neighbours in one tar shard, and so are read by one request. It ends where the next image
 * lies elsewhere, or where it would grow too large for the memory that its bytes keep until the last is decoded.
 */
import { memberIn, type TarMember } from '@labelmill/shared/tar/member-uri';
import { blockBytes } from '@labelmill/shared/tar/tar-header';
import { type ImageMemoryConfig, ordinaryBytes } from './image-memory.ts';

/** A request's own cost is small beside these: a store needs tens of milliseconds to send so much. */
const mostStretchBytes = 4 * 2 ** 20;
/** Between two images, such as other members of a sample: read and left. More would be cheaper to pass over. */
const mostGapBytes = 128 * 1024;

interface Image {
  readonly uri: string;
}

/** The most that one stretch may have: no image in it is above the limit on bytes, and reads need not wait for memory. */
export function stretchBytes(config: ImageMemoryConfig): number {
  return Math.min(mostStretchBytes, ordinaryBytes(config));
}

/**
 * How many images from `from` on make one stretch; 1 for every image outside of shards.
 * @param mostImages in it, at least 1
 * @param mostBytes from its first header to its end
 */
export function stretchLength(
  images: readonly Image[],
  from: number,
  mostImages: number,
  mostBytes: number,
): number {
  const first = memberAt(images, from);
  if (first === null) return 1;
  let last = first;
  let length = 1;
  for (; length < mostImages; length++) {
    const next = memberAt(images, from + length);
    if (next === null || !follows(last, next)) break;
    if (next.offset + next.length - first.offset + blockBytes > mostBytes) break;
    last = next;
  }
  return length;
}

/** The images in their order, cut into stretches. */
export function* stretchesOf<T extends Image>(images: readonly T[], mostBytes: number): Generator<T[]> {
  for (let at = 0; at < images.length; ) {
    const length = stretchLength(images, at, images.length - at, mostBytes);
    yield images.slice(at, at + length);
    at += length;
  }
}

/** Null where it is not to be read with others: it is no member, one without bytes, or not where a member can be. */
function memberAt(images: readonly Image[], place: number): TarMember | null {
  const image = images[place];
  const member = image === undefined ? null : memberIn(image.uri);
  return member === null || member.length === 0 || member.offset < blockBytes ? null : member;
}

function follows(last: TarMember, next: TarMember): boolean {
  const gap = next.offset - blockBytes - (last.offset + last.length);
  return next.shard === last.shard && gap >= 0 && gap <= mostGapBytes;
}
