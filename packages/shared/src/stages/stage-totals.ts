/**
 * Where the time of a run goes, added up over its producers and workers. Sums only: what a process measured since its
 * last report is added to what the ledger has.
 *
 * Times are seconds; `places` are seconds too, of a resource being there (2 cores over 10 s are 20 s), so that the busy
 * share of a resource is one division, also over workers of different sizes.
 */
export const stageSpans = [
  /** The producer waited for the source to name the next image. */
  'list',
  /** The producer waited because enough chunks were outstanding. */
  'listWait',
  /** Engines were ready, and their supervisor had a chunk or waited for the next one of the same run. */
  'wall',
  /** Of `wall`: no chunk was there. */
  'queueWait',
  /** Reads of images under way. */
  'fetch',
  /** Images fetched whose decoding had not begun. */
  'decodeWait',
  'decode',
  /** Images decoded that found every batch buffer full: inference is behind. */
  'bufferWait',
  /** No inference thread had a batch while images were in the engine: loading is behind. */
  'batchWait',
  /** Inference calls; two at a time on one device take longer each. */
  'infer',
  /** At least one inference thread had a batch: the device was busy. */
  'inferBusy',
  /** Of `infer`, times the cores a call uses; nothing where an accelerator does the work. */
  'inferCores',
  /** Chunks whose images all had their results and that were not yet written and committed. */
  'write',
] as const;

export const stagePlaces = [
  'cores',
  'fetchPlaces',
  /** Chunks a supervisor may hold at a time. */
  'chunkPlaces',
] as const;

const counts = [
  'fetched',
  /** Of the images that came. */
  'fetchedBytes',
  'decoded',
  'inferred',
  'batches',
  /** Images that `batches` would have held, had each been full. */
  'batchPlaces',
] as const;

export const stageSeconds = [...stageSpans, ...stagePlaces] as const;
export const stageCounts = counts;

export type StageSeconds = (typeof stageSeconds)[number];
export type StageField = StageSeconds | (typeof stageCounts)[number];
export type StageTotals = Readonly<Record<StageField, number>>;

export function noStages(): Record<StageField, number> {
  return Object.fromEntries([...stageSeconds, ...stageCounts].map((field) => [field, 0])) as Record<
    StageField,
    number
  >;
}

/** Adds `more` to `sums`, in place. */
export function addStages(sums: Record<StageField, number>, more: Partial<StageTotals>): void {
  for (const [field, value] of Object.entries(more)) sums[field as StageField] += value;
}

/** The times alone, in seconds rounded to ms, for people and summary.json. */
export function stageTimes(totals: StageTotals): Record<string, number> {
  return Object.fromEntries(stageSpans.map((field) => [field, Math.round(totals[field] * 1000) / 1000]));
}
