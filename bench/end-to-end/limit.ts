/** What this machine can do at best with a bundle: bare sessions and a bare decode loop, each at its best setting. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { bareDecode } from '../bare-decode.ts';
import { bareSession } from '../bare-session.ts';

export interface Limit {
  /** Milliseconds an image of the best sessions, and their setting; null where only decoding counts. */
  readonly sessionMs: number | null;
  readonly session: string | null;
  /** Milliseconds an image of the best decode loop on all cores. */
  readonly decodeMs: number;
  readonly decode: string;
  readonly imagesPerSecond: number;
}

const cores = availableParallelism();
const batches = [4, 8, 16, 32];
/** [sessions, threads of each]. */
const splits = [[1, cores], ...(cores > 1 ? [[cores, 1]] : [])] as const;
const decodesAtOnce = [cores, 2 * cores];
/** Each setting of the grid runs for this long. */
const seconds = 2;

/**
 * 1 / (session time + decode time): both take all cores, so their times an image add up. Of a network that is next to
 * nothing beside decoding the limit is the decode loop alone.
 */
export async function measureLimit(
  bundle: Bundle,
  photos: readonly string[],
  of: 'composed' | 'decode',
): Promise<Limit> {
  const decode = await best(
    decodesAtOnce,
    (atOnce) => bareDecode(bundle.manifest.preprocessing, photos, atOnce),
    (atOnce) => `${atOnce} at once`,
  );
  const { folder, manifest } = bundle;
  const session = {
    graph: join(folder, labelsGraph(manifest)!.file),
    crop: manifest.preprocessing.crop,
    provider: 'cpu',
    seconds,
  } as const;
  const [sessionMs, name] =
    of === 'decode'
      ? [null, null]
      : await best(
          grid(),
          (setting) => bareSession({ ...session, ...setting }),
          ({ batch, sessions, threads }) => `batch ${batch}, ${sessions} × ${threads} threads`,
        );
  return {
    sessionMs,
    session: name,
    decodeMs: decode[0],
    decode: decode[1],
    imagesPerSecond: 1000 / (decode[0] + (sessionMs ?? 0)),
  };
}

interface Setting {
  readonly batch: number;
  readonly sessions: number;
  readonly threads: number;
}

function grid(): Setting[] {
  return batches.flatMap((batch) => splits.map(([sessions, threads]) => ({ batch, sessions, threads })));
}

/** The least milliseconds over the settings, and how the setting is called. */
async function best<T>(
  settings: readonly T[],
  measure: (setting: T) => Promise<number>,
  name: (setting: T) => string,
): Promise<[number, string]> {
  let least: [number, string] = [Number.POSITIVE_INFINITY, ''];
  for (const setting of settings) {
    const milliseconds = await measure(setting);
    if (milliseconds < least[0]) least = [milliseconds, name(setting)];
  }
  return least;
}
