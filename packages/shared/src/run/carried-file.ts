/**
 * The listing of a run that is compared with an earlier one comes in steps. Each step is a file, created once, that
 * says how far the comparison came and holds the images that are carried since the step before, and those that wait to
 * be labelled: the images of the segment that is not full yet. A segment is only ever written from a step that is
 * there, so the last step is the durable cursor of both.
 */
import { z } from 'zod';
import { LabelmillError } from '../errors.ts';
import { runIdSchema } from '../schema/chunk-job.ts';
import { isNoFolder } from '../store/no-folder.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { gunzippedLines, gzippedLines } from './gzipped-lines.ts';
import { readAhead } from './read-ahead.ts';
import { readIfThere } from './run-files.ts';
import { carriedStep, runFolder } from './run-folder.ts';
import { isListedImage, type ListedImage, listedImageSchema } from './segment.ts';

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
  return gzippedLines(Buffer.from(`${JSON.stringify(state)}\n`), carried, waiting);
}

/** @throws LabelmillError `broken_manifest` with the file's name */
export async function decodeStep(body: Uint8Array, name: string): Promise<Step> {
  return stepOf(await linesIn(body, name), name);
}

/** All steps in order, from one of them until the first that is not there; none in a run that is not compared with another. */
export async function* readSteps(store: ObjectStore, folder: string, from = 0): AsyncGenerator<Step> {
  for await (const { uri, lines } of readAhead(unpackedSteps(store, folder, from))) yield stepOf(lines, uri);
}

async function* unpackedSteps(store: ObjectStore, folder: string, from: number) {
  for (let step = from; ; step++) {
    const uri = runFolder.carried(folder, step);
    const body = await readIfThere(store, uri);
    if (body === null) return;
    yield { uri, lines: await linesIn(body, uri) };
  }
}

async function linesIn(body: Uint8Array, name: string): Promise<Generator<string>> {
  try {
    return await gunzippedLines(body);
  } catch (cause) {
    throw brokenStep(name, cause);
  }
}

function stepOf(lines: Generator<string>, name: string): Step {
  try {
    const state = stepStateSchema.parse(JSON.parse(String(lines.next().value)));
    const carried: CarriedImage[] = [];
    const waiting: ListedImage[] = [];
    let run = '';
    for (const line of lines) {
      const row: unknown = JSON.parse(line);
      if (isCarriedFrom(run, row)) carried.push(row);
      else if (Object.hasOwn(row as object, 'run')) {
        const image = carriedImageSchema.parse(row);
        run = image.run;
        carried.push(image);
      } else waiting.push(listedImageSchema.parse(row));
    }
    return { state, carried, waiting };
  } catch (cause) {
    throw brokenStep(name, cause);
  }
}

/** As the schema, which takes longer than all else, for the images after the first that a run's id was checked of. */
function isCarriedFrom(run: string, row: unknown): row is CarriedImage {
  if (!isListedImage(row) || row.version === undefined) return false;
  return run !== '' && (row as Partial<CarriedImage>).run === run;
}

function brokenStep(name: string, cause: unknown): LabelmillError {
  return new LabelmillError('broken_manifest', `${name} cannot be read as a step of a listing`, { cause });
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
    if (!isNoFolder(error)) throw error;
  }
  if (number < 0) return null;
  const uri = runFolder.carried(folder, number);
  return { number, step: await decodeStep((await store.read(uri)).body, uri) };
}
