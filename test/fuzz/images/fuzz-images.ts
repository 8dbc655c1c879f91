/**
 * Mutants of images through the real engine process, held as the supervisor holds it. Each must end as one valid
 * record: what else happens is a violation.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { type ImageErrorCode, messageOf } from '@labelmill/shared/errors';
import { recordSchema } from '@labelmill/shared/schema/record';
import type { ImageResult } from '@labelmill/worker/engine/protocol';
import { recordOf } from '@labelmill/worker/supervisor/record-of';
import pMap from 'p-map';
import type { WatchedEngine } from '../../parts/watched-engine.ts';
import { Random } from '../random.ts';
import type { ImageSeed } from './image-seeds.ts';
import { type Mutant, mutantOf } from './mutate-image.ts';

export interface ImageFuzzing {
  readonly seed: number;
  /** Number of the first mutant. */
  readonly from: number;
  /** The most mutants to try. */
  readonly count: number;
  readonly seeds: readonly ImageSeed[];
  readonly engine: WatchedEngine;
  /** Mutants that are not as they must be, and those that ended an engine, are kept here. */
  readonly keep: string;
  /** For the mutants under way; emptied as they end. */
  readonly scratch: string;
  /** Asked before each batch. */
  readonly goOn: () => boolean;
  readonly onMutant: (format: string, outcome: string) => void;
}

export interface Violation {
  /** Number of the mutant: `--from` it replays it. */
  readonly mutant: number;
  readonly what: string;
}

/** Outcomes that a file's content may have. */
const expectedCodes: ReadonlySet<ImageErrorCode> = new Set([
  'empty',
  'too_large',
  'too_many_pixels',
  'bad_aspect',
  'unsupported_format',
  'undecodable',
  'decode_timeout',
  'crashed_decoder',
]);
/** What JavaScript says of a bug of ours, which `undecodable` must not cover up. */
const bugMessage =
  /Cannot read|is not a function|is not defined|not iterable|Invalid (array|typed)|out of bounds|call stack/;
export const violationOutcome = 'VIOLATION';
const batchSize = 32;
/** So that the engine always has work. */
const batchesAtOnce = 3;

/** @returns every violation there was */
export async function fuzzImages(fuzzing: ImageFuzzing): Promise<Violation[]> {
  const violations: Violation[] = [];
  await mkdir(fuzzing.scratch, { recursive: true });
  await pMap(batches(fuzzing), async (batch) => violations.push(...(await tryBatch(batch, fuzzing))), {
    concurrency: batchesAtOnce,
  });
  return violations;
}

/** Numbers of the mutants in each. */
function* batches({ from, count, goOn }: ImageFuzzing): Generator<number[]> {
  for (let first = from; first < from + count && goOn(); first += batchSize) {
    yield Array.from({ length: Math.min(batchSize, from + count - first) }, (_, n) => first + n);
  }
}

async function tryBatch(numbers: readonly number[], fuzzing: ImageFuzzing): Promise<Violation[]> {
  const { seed, seeds, engine, keep, scratch, onMutant } = fuzzing;
  const mutants = numbers.map((n) => mutantOf(seeds, new Random(seed, n)));
  const paths = numbers.map((n) => join(scratch, String(n)));
  await Promise.all(mutants.map(({ bytes }, n) => writeFile(paths[n]!, bytes)));
  let results: readonly (ImageResult | undefined)[] = [];
  let lost = 'no result';
  try {
    results = await engine.label(paths.map((path) => pathToFileURL(path).href));
  } catch (error) {
    lost = messageOf(error);
  }
  const violations: Violation[] = [];
  for (const [n, mutant] of mutants.entries()) {
    const result = results[n];
    const what = result === undefined ? lost : wrongWith(result, engine.manifest.classes);
    const code = result === undefined || result.status === 'ok' ? 'ok' : result.code;
    onMutant(mutant.seed.format, what === null ? code : violationOutcome);
    if (what !== null) violations.push({ mutant: numbers[n]!, what });
    if (what !== null || code === 'crashed_decoder' || code === 'decode_timeout') {
      await kept(keep, `${seed}-${numbers[n]}-${code}`, mutant);
    }
  }
  await Promise.all(paths.map((path) => rm(path)));
  return violations;
}

/** What is wrong with an image's end, or null. */
export function wrongWith(result: ImageResult, classes: BundleManifest['classes']): string | null {
  if (result.status === 'outage') return `outage ${result.code}: ${result.message}`;
  const record = recordSchema.safeParse(recordOf(result, 0, 'file:///mutant', classes, classes.length));
  if (!record.success) return `no record: ${record.error.message}`;
  if (result.status === 'error') {
    if (!expectedCodes.has(result.code)) return `${result.code}: ${result.message}`;
    return bugMessage.test(result.message) ? `a bug as ${result.code}: ${result.message}` : null;
  }
  const sum = result.scores.reduce((total, score) => total + score, 0);
  const known = result.indices.every((index) => classes[index] !== undefined);
  return known && sum > 0 && sum < 1.0001 ? null : `scores ${result.scores} of ${result.indices}`;
}

async function kept(folder: string, name: string, { bytes, seed, done }: Mutant): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, `${name}.txt`), `${seed.name}: ${done.join(', ')}\n`);
}
