import type { Run } from '../schema/run.ts';
import type { Stores } from '../store/stores.ts';
import { CarriedFeatures } from './carried-features.ts';
import { carriedRecords, originFolder } from './carried-records.ts';
import { FeaturesCheck } from './features-check.ts';
import { type Difference, recount } from './recount.ts';
import { staleParts } from './retry.ts';
import { isComplete, readRun, readSummary } from './run-files.ts';
import { runFolder } from './run-folder.ts';

export interface Verification {
  readonly run: Run;
  readonly listed: number;
  readonly ok: number;
  readonly error: number;
  /** Images whose record another run holds. */
  readonly carried: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Closed: `_SUCCESS` is there. */
  readonly complete: boolean;
  /** Empty when every listed image has exactly one record and the summary says so. */
  readonly differences: readonly Difference[];
}

/**
 * Recounts every part of a run against its manifest, from the store alone, and compares the result with summary.json
 * and with the features files, where the run has them. What is carried is looked up in the runs that hold it.
 * @throws UsageError `not_a_run`
 */
export async function verifyRun(
  stores: Stores,
  folder: string,
  onProgress?: (images: number) => void,
): Promise<Verification> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const features = run.emit.includes('features') ? await FeaturesCheck.open(store, folder) : null;
  const found = await recount(store, folder, run, onProgress, (seq, records) =>
    features?.check(seq, records),
  );
  const summary = await readSummary(store, folder);
  const complete = await isComplete(store, folder);
  const differences = [...found.differences, ...(features?.differences(found.chunks) ?? [])];
  const differ = (code: string, uri: string, message: string) => differences.push({ code, uri, message });

  if (found.listed === null)
    differ(
      'listing_open',
      runFolder.listed(folder),
      `${folder} has no manifest/listed.json: its listing has not ended`,
    );
  const done = new Set(found.done);
  const broken = new Set(found.differences.map((difference) => difference.uri));
  for (let seq = 0; seq < found.chunks; seq++) {
    const part = runFolder.part(folder, seq, run);
    if (!done.has(seq) && !broken.has(part) && !found.retries.open.has(seq))
      differ('missing_part', part, `${part} is not there`);
  }
  let carried = 0;
  const carriedFeatures = features === null ? null : new CarriedFeatures(stores);
  for await (const { image, record } of carriedRecords(stores, folder)) {
    carried++;
    const origin = originFolder(run, folder, image.run);
    if (record === null)
      differ(
        'missing_carried',
        origin,
        `${origin} does not hold the record of ${image.uri}, which is carried`,
      );
    else if (carriedFeatures !== null && !(await carriedFeatures.have(image, origin)))
      differ(
        'missing_carried_features',
        origin,
        `${origin} does not hold the features of ${image.uri}, which is carried`,
      );
  }
  if (found.listed !== null && found.listed.carried !== carried)
    differ(
      'missing_carried',
      runFolder.manifestFolder(folder),
      `the listing ended with ${found.listed.carried} carried images, but ${carried} are there`,
    );
  const generation = found.retries.plan?.generation ?? 0;
  for (const seq of found.retries.open) {
    const part = runFolder.retryPart(folder, generation, seq, run);
    differ('open_retry', part, `${part} is not there: the retry of this chunk has not ended`);
  }
  for (const seq of await staleParts(store, folder, run, found.retries)) {
    const part = runFolder.part(folder, seq, run);
    differ(
      'stale_part',
      part,
      `${part} does not show what its latest retry made; "labelmill resume" mends it`,
    );
  }
  if (!complete)
    differ('not_closed', runFolder.success(folder), `${folder} has no _SUCCESS: the run is not complete`);
  if (summary === null) {
    if (complete)
      differ('missing_summary', runFolder.summary(folder), `${runFolder.summary(folder)} is not there`);
  } else {
    const { ok, error } = found.counts;
    const counts = { listed: found.images + carried, ok, error, ...(run.against ? { carried } : {}) };
    for (const [name, count] of Object.entries(counts)) {
      const said = summary[name as keyof typeof counts];
      if (said !== count)
        differ(
          'wrong_summary',
          runFolder.summary(folder),
          `summary.json says ${name} ${said}, the parts say ${count}`,
        );
    }
    for (const code of new Set([...Object.keys(summary.errors), ...Object.keys(found.counts.errors)])) {
      const [said, count] = [summary.errors[code] ?? 0, found.counts.errors[code] ?? 0];
      if (said !== count)
        differ(
          'wrong_summary',
          runFolder.summary(folder),
          `summary.json says ${code} ${said}, the parts say ${count}`,
        );
    }
  }
  const { ok, error, errors } = found.counts;
  return { run, listed: found.images + carried, ok, error, carried, errors, complete, differences };
}
