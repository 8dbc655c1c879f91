/**
 * The listing of a run that is compared with an earlier one comes in steps. Each step is a file, created once, that
 * says how far the comparison came and holds the images that are carried since the step before, and those that wait to
 * be labelled: the images of the segment that is not full yet. A segment is only ever written from a step that is
 * there, so the last step is the durable cursor of both.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import { codeOf, LabelmillError } from '../errors.ts';
import { runIdSchema } from '../schema/chunk-job.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readIfThere } from './run-files.ts';
import { carriedStep, runFolder } from './run-folder.ts';
import { gunzippedLines, type ListedImage, listedImageSchema } from './segment.ts';

/** An image that has not changed since another run labelled it. */
export const carriedImageSchema = z.object({
  uri: z.string(),
  version: z.string(),
  bytes: z.int().nonnegative().optional(),
  /** The run that holds its record: never one that carries it itself. */
  run: runIdSchema,
  /** Its index there. */
  index: z.int().nonnegative(),
});
export type CarriedImage = z.infer<typeof carriedImageSchema>;

export const stepStateSchema = z.object({
  /** Images that the source has named, the last of them, and whether that was its end. */
  listed: z.int().nonnegative(),
  lastUri: z.string(),
  ended: z.boolean(),
  /** Segments that were written before this step. */
  segments: z.int().nonnegative(),
  /** Since the beginning. */
  carried: z.int().nonnegative(),
  removed: z.int().nonnegative(),
});
export type StepState = z.infer<typeof stepStateSchema>;

export interface Step {
  readonly state: StepState;
  readonly carried: readonly CarriedImage[];
  readonly waiting: readonly ListedImage[];
}

/** @param carried @param waiting lines of JSON, each with its end of line */
export function encodeStep(state: StepState, carried: Uint8Array, waiting: Uint8Array): Promise<Uint8Array> {
  const head = Buffer.from(`${JSON.stringify(state)}\n`);
  return promisify(gzip)(Buffer.concat([head, carried, waiting]), { level: 1 });
}

/** @throws LabelmillError `broken_manifest` with the file's name */
export async function decodeStep(body: Uint8Array, name: string): Promise<Step> {
  try {
    const lines = await gunzippedLines(body);
    const state = stepStateSchema.parse(JSON.parse(String(lines.next().value)));
    const carried: CarriedImage[] = [];
    const waiting: ListedImage[] = [];
    for (const line of lines) {
      const row: unknown = JSON.parse(line);
      if (Object.hasOwn(row as object, 'run')) carried.push(carriedImageSchema.parse(row));
      else waiting.push(listedImageSchema.parse(row));
    }
    return { state, carried, waiting };
  } catch (cause) {
    const message = `${name} cannot be read as a step of a listing`;
    throw new LabelmillError('broken_manifest', message, { cause });
  }
}

/** All steps in order, from one of them until the first that is not there; none in a run that is not compared with another. */
export async function* readSteps(store: ObjectStore, folder: string, from = 0): AsyncGenerator<Step> {
  for (let step = from; ; step++) {
    const uri = runFolder.carried(folder, step);
    const body = await readIfThere(store, uri);
    if (body === null) return;
    yield await decodeStep(body, uri);
  }
}

/** The last step and its number; null where there is none. */
export async function lastStep(
  store: ObjectStore,
  folder: string,
): Promise<{ readonly number: number; readonly step: Step } | null> {
  let number = -1;
  try {
    for await (const { uri } of store.list(runFolder.manifestFolder(folder)))
      number = Math.max(number, carriedStep(uri) ?? -1);
  } catch (error) {
    // On a disk the folder comes with its first file.
    if (codeOf(error) !== 'source_unreadable') throw error;
  }
  if (number < 0) return null;
  const uri = runFolder.carried(folder, number);
  return { number, step: await decodeStep((await store.read(uri)).body, uri) };
}
