/** Files of a run in a folder of this machine, for an engine that reads no S3 without downloading an extension. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '@labelmill/shared/store/object-store';

/** Files fetched at a time. */
const atOnce = 16;

export interface LocalFiles extends AsyncDisposable {
  /** In the order of the URIs. */
  readonly paths: readonly string[];
}

/**
 * Paths of `file://` URIs as they are; anything else is copied into a folder of its own below `below`, removed in the end.
 * @throws as the store does; the signal's reason
 */
export async function localFiles(
  store: ObjectStore,
  uris: readonly string[],
  below: string,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<LocalFiles> {
  if (uris.every((uri) => uri.startsWith('file:'))) {
    return { paths: uris.map((uri) => fileURLToPath(uri)), [Symbol.asyncDispose]: async () => {} };
  }
  await mkdir(below, { recursive: true });
  const folder = await mkdtemp(join(below, 'query-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  const paths = uris.map((uri, place) => join(folder, `${place}${uri.slice(uri.lastIndexOf('.'))}`));
  let done = 0;
  const left = uris.entries();
  const lane = async () => {
    for (const [place, uri] of left) {
      await pipeline(store.stream(uri, { signal }), createWriteStream(paths[place]!), { signal });
      onProgress(++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, lane));
  } catch (error) {
    await dispose();
    signal.throwIfAborted();
    throw error;
  }
  return { paths, [Symbol.asyncDispose]: dispose };
}
