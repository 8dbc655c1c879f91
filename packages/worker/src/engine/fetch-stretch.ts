/** Reads the images of a stretch, by one read where nothing goes wrong. */
import { ImageError } from '@labelmill/shared/errors';
import type { ObjectBody } from '@labelmill/shared/store/object-store';
import type { Stores } from '@labelmill/shared/store/stores';
import { memberOf, type TarMember } from '@labelmill/shared/tar/member-uri';
import { bytesOfMembers, readMembers } from '@labelmill/shared/tar/read-members';
import type { ControlRead } from './control-read.ts';
import type { HeldBody, ImageMemory } from './image-memory.ts';
import type { ImageLimits } from './protocol.ts';
import { SharedHold } from './shared-hold.ts';
import type { Slots } from './slots.ts';
import type { StageSums } from './stage-sums.ts';
import { throughOutages } from './through-outages.ts';

export interface StretchReader {
  readonly stores: Pick<Stores, 'for'>;
  readonly memory: Pick<ImageMemory, 'hold'>;
  /** A read has one until the last of its images is decoded: as long as its bytes are in memory. */
  readonly places: Slots;
  readonly limits: ImageLimits;
  readonly control: ControlRead;
  readonly stages: StageSums;
}

type Ending = PromiseWithResolvers<HeldBody | null>;

/**
 * The body of each image, as soon as it is there; null where it has to be read alone to know what is wrong with it.
 * A read that breaks is followed by one of the images that did not come. Each rejects as `fetchImage` does; one that never
 * comes is `fetch_timeout`, and those behind it are read without it.
 * @param images two or more, of one stretch
 */
export function fetchStretch(
  images: readonly { readonly uri: string }[],
  reader: StretchReader,
): readonly Promise<HeldBody | null>[] {
  const endings = images.map((): Ending => Promise.withResolvers());
  const uris = images.map(({ uri }) => uri);
  void fetchAll(uris, endings, reader);
  return endings.map(({ promise }) => promise);
}

async function fetchAll(
  uris: readonly string[],
  endings: readonly Ending[],
  reader: StretchReader,
): Promise<void> {
  const members = uris.map(memberOf);
  let next = 0;
  while (next < uris.length) {
    try {
      next += await fetchSome(uris[next]!, members.slice(next), endings.slice(next), reader);
    } catch (error) {
      const left = endings.slice(next);
      if (!(error instanceof ImageError)) return fail(left, error, reader.stages);
      if (error.code !== 'fetch_timeout') return readAlone(left);
      fail(left.slice(0, 1), error, reader.stages);
      next += 1;
    }
  }
}

/** How many of them came. Throws where not one did. */
async function fetchSome(
  uri: string,
  members: readonly TarMember[],
  endings: readonly Ending[],
  { stores, memory, places, limits, control, stages }: StretchReader,
): Promise<number> {
  await places.acquire();
  const held = await memory.hold(bytesOfMembers(members));
  using hold = new SharedHold(() => {
    held[Symbol.dispose]();
    places.release();
  });
  const onMember = (place: number, read: ObjectBody | ImageError) => {
    if (read instanceof ImageError) return fail([endings[place]!], read, stages);
    stages.add('fetched', 1);
    const share = hold.share();
    endings[place]!.resolve({ object: read, [Symbol.dispose]: () => share[Symbol.dispose]() });
  };
  const shard = stores.for(members[0]!.shard);
  const read = (some: readonly TarMember[]) => () =>
    readMembers(shard, some, { timeoutMs: limits.fetchTimeoutMs, onMember });
  const tried = { uri, store: stores.for(uri), limits, control };
  const came = await stages.time('fetch', () =>
    throughOutages({ ...tried, read: read(members), readAlone: read(members.slice(0, 1)) }),
  );
  control.gave(uri);
  return came;
}

function fail(endings: readonly Ending[], error: unknown, stages: StageSums): void {
  stages.add('fetched', endings.length);
  for (const { reject } of endings) reject(error);
}

function readAlone(endings: readonly Ending[]): void {
  for (const { resolve } of endings) resolve(null);
}
