/** What this machine can do at best with a bundle: bare sessions and a bare decode loop, each at its best setting. */
import { availableParallelism } from 'node:os';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { runScript } from '../child.ts';

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
  const decode = await best(decodesAtOnce, bareDecode(bundle, photos), (atOnce) => `${atOnce} at once`);
  const [sessionMs, session] =
    of === 'decode'
      ? [null, null]
      : await best(
          grid(),
          bareSession(bundle),
          ({ batch, sessions, threads }) => `batch ${batch}, ${sessions} × ${threads} threads`,
        );
  return {
    sessionMs,
    session,
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

function bareSession({ folder }: Bundle) {
  return ({ batch, sessions, threads }: Setting) =>
    runScript(new URL('./bare-session.ts', import.meta.url), [
      folder,
      ...[batch, threads, sessions, seconds].map(String),
    ]);
}

function bareDecode({ manifest }: Bundle, photos: readonly string[]) {
  const { crop, resize } = manifest.preprocessing;
  return (atOnce: number) =>
    runScript(new URL('./bare-decode.ts', import.meta.url), [crop, resize, atOnce].map(String), {
      input: photos.join('\n'),
      env: { UV_THREADPOOL_SIZE: String(cores) },
    });
}

/** The least milliseconds over the settings, and how the setting is called. */
async function best<T>(
  settings: readonly T[],
  measure: (setting: T) => Promise<string>,
  name: (setting: T) => string,
): Promise<[number, string]> {
  let least: [number, string] = [Number.POSITIVE_INFINITY, ''];
  for (const setting of settings) {
    const milliseconds = Number(await measure(setting));
    if (milliseconds < least[0]) least = [milliseconds, name(setting)];
  }
  return least;
}
