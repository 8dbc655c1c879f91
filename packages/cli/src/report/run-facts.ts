/** Everything a report says of a run, from its folder alone, in one pass over its records. */
import { Calibration, type CalibrationResult } from '@labelmill/models/accuracy/calibration';
import { type Proportion, proportion } from '@labelmill/models/accuracy/wilson';
import { carriedRecords } from '@labelmill/shared/run/carried-records';
import { recount } from '@labelmill/shared/run/recount';
import { isComplete, readRun, readSummary } from '@labelmill/shared/run/run-files';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { Run, Summary } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { type Confidence, ConfidenceHistogram } from './confidence-histogram.ts';
import { type ErrorCount, ErrorTally } from './error-tally.ts';
import { type LabelCount, LabelTally } from './label-tally.ts';

/** Images of each end of a label's range that a contact sheet may show. */
export const sheetEnd = 6;
const examplesOfError = 5;

/** Whether the best label of an ok record is right; null where nobody says what the image shows. */
export type RightOf = (uri: string, bestId: string) => boolean | null;

export interface TruthFacts {
  readonly top1: Proportion;
  /** Null where the scores are no probabilities. */
  readonly calibration: CalibrationResult | null;
  /** Images that are ok and of which nothing, or no class of the model, is said. */
  readonly untold: number;
}

export interface RunFacts {
  readonly run: Run;
  /** Null while the run is not complete. */
  readonly summary: Summary | null;
  /** The same counts as `verify`'s. */
  readonly listed: number;
  readonly ok: number;
  readonly error: number;
  /** Images whose record an earlier run holds; they are among the labels. */
  readonly carried: number;
  /** Where parts and manifest differ; `verify` names them. */
  readonly differences: number;
  readonly labels: readonly LabelCount[];
  readonly confidence: Confidence | null;
  readonly errors: readonly ErrorCount[];
  /** Null where no truth was given, and where it says nothing of any image. */
  readonly truth: TruthFacts | null;
}

/** @throws UsageError `not_a_run` */
export async function runFacts(
  stores: Stores,
  folder: string,
  rightOf: RightOf | null,
  onProgress: (images: number) => void,
): Promise<RunFacts> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const labels = new LabelTally(sheetEnd);
  const errors = new ErrorTally(examplesOfError);
  const confidence = new ConfidenceHistogram();
  const calibration = new Calibration();
  const told = { right: 0, wrong: 0, untold: 0 };
  const addRight = (record: LabelRecord) => {
    if (rightOf === null || record.status === 'error') return;
    const [best] = record.labels;
    const right = best === undefined ? null : rightOf(record.uri, best.id);
    if (right === null || best === undefined) {
      told.untold++;
      return;
    }
    told[right ? 'right' : 'wrong']++;
    calibration.add(best.score, right);
  };
  const add = (record: LabelRecord) => {
    labels.add(record);
    errors.add(record);
    const best = record.status === 'ok' ? record.labels[0] : undefined;
    if (best !== undefined) confidence.add(best.score);
    addRight(record);
  };
  const found = await recount(store, folder, run, onProgress, (_seq, records) => {
    for (const record of records) add(record);
  });
  const carried = { all: 0, missing: 0 };
  for await (const { record } of carriedRecords(stores, folder)) {
    onProgress(found.images + ++carried.all);
    if (record === null) carried.missing++;
    else add(record);
  }
  const complete = await isComplete(store, folder);
  const { right, wrong, untold } = told;
  const sure = confidence.result();
  return {
    run,
    summary: complete ? await readSummary(store, folder) : null,
    listed: found.images + carried.all,
    ok: found.counts.ok,
    error: found.counts.error,
    carried: carried.all,
    differences: found.differences.length + carried.missing,
    labels: labels.result(),
    confidence: sure,
    errors: errors.result(),
    truth:
      right + wrong === 0
        ? null
        : {
            top1: proportion(right, right + wrong),
            calibration: sure === null ? null : calibration.result(),
            untold,
          },
  };
}
