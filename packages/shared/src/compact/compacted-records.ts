import { LabelmillError } from '../errors.ts';
import { lastStep } from '../run/carried-file.ts';
import { carriedSteps } from '../run/carried-records.ts';
import { type RecordsOptions, runRecords } from '../run/run-records.ts';
import type { LabelRecord } from '../schema/record.ts';
import type { Run } from '../schema/run.ts';
import type { Stores } from '../store/stores.ts';

/** Chunks of a run, and behind them the steps of its listing, each with what is carried since the one before. */
export async function chunksAndSteps(
  stores: Stores,
  folder: string,
  run: Pick<Run, 'chunkSize' | 'against'>,
  labelled: number,
): Promise<number> {
  const chunks = Math.ceil(labelled / run.chunkSize);
  if (run.against === undefined) return chunks;
  return chunks + ((await lastStep(stores.for(folder), folder))?.number ?? -1) + 1;
}

/**
 * The records of a closed run: its own chunk by chunk, then the carried ones step by step, numbered on.
 * @throws LabelmillError `broken_part` · `missing_carried`
 */
export async function* compactedRecords(
  stores: Stores,
  folder: string,
  options: RecordsOptions & { readonly from: number },
): AsyncGenerator<{ readonly seq: number; readonly records: readonly LabelRecord[] }> {
  yield* runRecords(stores.for(folder), folder, options);
  const chunks = Math.ceil(options.listed / options.run.chunkSize);
  let seq = Math.max(chunks, options.from);
  for await (const carried of carriedSteps(stores, folder, seq - chunks)) {
    const records = carried.map(({ image, record }) => {
      if (record !== null) return record;
      const message = `run ${image.run} does not hold the record of ${image.uri}, which ${folder} carries from it`;
      throw new LabelmillError('missing_carried', message);
    });
    yield { seq: seq++, records };
  }
}
