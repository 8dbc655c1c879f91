/** Reading and writing the small files of a run's folder. */
import { ImageError, LabelmillError, UsageError } from '../errors.ts';
import { type Run, runSchema, type Summary, summarySchema } from '../schema/run.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { runFolder } from './run-folder.ts';
import { decodeSegment, type Listed, type ListedImage, listedSchema } from './segment.ts';

export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

/** The object's bytes, or null where there is none. */
export async function readIfThere(store: ObjectStore, uri: string): Promise<Uint8Array | null> {
  try {
    return (await store.read(uri)).body;
  } catch (error) {
    if (error instanceof ImageError && error.code === 'not_found') return null;
    throw error;
  }
}

/** @throws UsageError `not_a_run` where the folder has no readable run.json */
export async function readRun(store: ObjectStore, folder: string): Promise<Run> {
  const body = await readIfThere(store, runFolder.runJson(folder));
  if (body === null)
    throw new UsageError('not_a_run', `${folder} holds no run.json: name the folder of a run`);
  return parse(runSchema, body, runFolder.runJson(folder));
}

export async function readSummary(store: ObjectStore, folder: string): Promise<Summary | null> {
  const body = await readIfThere(store, runFolder.summary(folder));
  return body === null ? null : parse(summarySchema, body, runFolder.summary(folder));
}

/** Whether the run is closed: its account is in the summary. */
export async function isComplete(store: ObjectStore, folder: string): Promise<boolean> {
  return (await readIfThere(store, runFolder.success(folder))) !== null;
}

/**
 * @param then what the user can do once it is complete, for the message
 * @throws UsageError `not_complete`
 */
export async function requireComplete(store: ObjectStore, folder: string, then = ''): Promise<void> {
  if (!(await isComplete(store, folder))) throw notComplete(folder, then);
}

/**
 * The account of a closed run.
 * @throws UsageError `not_complete`, with `then` as in `requireComplete`
 */
export async function completeSummary(store: ObjectStore, folder: string, then = ''): Promise<Summary> {
  const summary = await readSummary(store, folder);
  if (summary === null || !(await isComplete(store, folder))) throw notComplete(folder, then);
  return summary;
}

function notComplete(folder: string, then: string): UsageError {
  const message = `${folder} is not complete: "labelmill resume ${folder}" completes it${then}`;
  return new UsageError('not_complete', message);
}

/** How the listing ended; null while it has not. */
export async function readListed(store: ObjectStore, folder: string): Promise<Listed | null> {
  const body = await readIfThere(store, runFolder.listed(folder));
  return body === null ? null : parse(listedSchema, body, runFolder.listed(folder));
}

/** The images of one segment; null where it is not written. */
export async function readSegment(
  store: ObjectStore,
  folder: string,
  segment: number,
): Promise<ListedImage[] | null> {
  const uri = runFolder.segment(folder, segment);
  const body = await readIfThere(store, uri);
  return body === null ? null : decodeSegment(body, uri);
}

/** All segments in order, until the first that is not there. */
export async function* readSegments(
  store: ObjectStore,
  folder: string,
  from = 0,
): AsyncGenerator<ListedImage[]> {
  for (let segment = from; ; segment++) {
    const images = await readSegment(store, folder, segment);
    if (images === null) return;
    yield images;
  }
}

function parse<T>(schema: { parse(value: unknown): T }, body: Uint8Array, name: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (cause) {
    throw new LabelmillError(
      'broken_run',
      `${name} is damaged: it does not hold what labelmill writes there`,
      { cause },
    );
  }
}
