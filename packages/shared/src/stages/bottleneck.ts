/**
 * What limits a run, and what would help, from where its time went.
 *
 * Every stage is a resource with a busy share: places occupied ÷ places there. The fullest one is the limit. What its
 * relief would give follows from the others: throughput grows until the next one is as full as the limit is now, so
 * gain = share of the limit ÷ largest share that remains.
 *
 * On a CPU, decoding and inference share the cores: an image costs (decode + infer core-seconds) ÷ cores, and the
 * larger of the two names the limit. Where more threads want to run than there are cores, both measured times are
 * longer than their work, by the same factor if the system shares fairly; they are taken down by it.
 */
import type { StageTotals } from './stage-totals.ts';

export type BottleneckStage = 'list' | 'queue' | 'fetch' | 'decode' | 'infer' | 'write' | 'none';

export interface Bottleneck {
  readonly stage: BottleneckStage;
  /** Busy share of the limit, 0 to 1; of `list` and `queue`, the share of time without a chunk. */
  readonly share: number;
  /** Images/s with what `advice` says ÷ images/s now; 10 stands for 10 or more; null without an estimate. */
  readonly gain: number | null;
  readonly advice: string;
  /** All of it for people. */
  readonly line: string;
}

/** What the bundle runs as, and so what could be quicker. */
export type Precision = 'fp32' | 'fp16' | 'int8';

/** @param bundleName it ends with its precision */
export function precisionOf(bundleName: string): Precision {
  return bundleName.slice(bundleName.lastIndexOf('-') + 1) as Precision;
}

type Resource = 'queue' | 'fetch' | 'cores' | 'session' | 'write';

/** Below this nothing is full enough to be called the limit. */
const clearShare = 0.5;
const mostGain = 10;
/** VGG-16 on 2 cores with AVX512-VNNI: bench/quantize measured 33.5 against 9.4 images/s. */
const int8Speedup = 3.56;

/** Null where no image has been labelled since the account began. */
export function bottleneck(totals: StageTotals, precision: Precision): Bottleneck | null {
  if (totals.wall === 0 || totals.inferred === 0) return null;
  const [resource, share] = fullest(totals);
  if (share < clearShare) return noLimit(totals, share);
  const { stage, what, help, relief } = limitOf(resource, totals, precision);
  const [, next] = fullest({ ...uncontended(totals), ...relief });
  const gain = Math.min(mostGain, Math.max(1, share / next));
  const advice = `${help} would give ${gain === mostGain ? '10× or more' : `about ${gain.toFixed(1)}×`}`;
  return { stage, share, gain, advice, line: `${what}; ${advice}` };
}

/** Busy share of every resource, at most 1. */
function shares(t: StageTotals): Record<Resource, number> {
  const share = (busy: number, there: number) => (there > 0 ? Math.min(1, busy / there) : 0);
  return {
    cores: share(t.decode + t.inferCores, t.cores),
    session: share(t.inferBusy, t.wall),
    fetch: share(t.fetch, t.fetchPlaces),
    write: share(t.write, t.chunkPlaces),
    queue: share(t.queueWait, t.wall),
  };
}

function fullest(totals: StageTotals): [Resource, number] {
  const all = Object.entries(shares(totals)) as [Resource, number][];
  return all.reduce((most, other) => (other[1] > most[1] ? other : most));
}

/** The times that decoding and inference would have taken with a core for every thread that wants one. */
function uncontended(t: StageTotals): StageTotals {
  const factor = Math.max(1, (t.decode + t.inferCores) / t.cores);
  return {
    ...t,
    decode: t.decode / factor,
    inferBusy: t.inferCores > 0 ? t.inferBusy / factor : t.inferBusy,
    inferCores: t.inferCores / factor,
  };
}

interface Limit {
  readonly stage: BottleneckStage;
  readonly what: string;
  /** What would help, as the subject of "would give". */
  readonly help: string;
  /** The totals as they would be with that help. */
  readonly relief: Partial<StageTotals>;
}

function limitOf(resource: Resource, totals: StageTotals, precision: Precision): Limit {
  switch (resource) {
    case 'queue':
      return queueLimit(totals);
    case 'fetch':
      return fetchLimit(totals);
    case 'write':
      return writeLimit(totals);
    case 'cores':
      return totals.decode > totals.inferCores ? decodeLimit(totals) : inferLimit(totals, precision);
    case 'session':
      return inferLimit(totals, precision);
  }
}

function decodeLimit(t: StageTotals): Limit {
  const busy = Math.min(t.cores, t.decode + t.inferCores) / t.wall;
  const cores = `${number(busy)} of ${number(t.cores / t.wall)} cores busy`;
  if (t.inferCores === 0) {
    const what = `decode-bound: ${cores} decoding`;
    return { stage: 'decode', what, help: 'more cores per GPU', relief: { decode: 0 } };
  }
  const what = `decode-bound: ${cores}, ${percent(t.decode / (t.decode + t.inferCores))} of that decoding`;
  return { stage: 'decode', what, ...twiceTheCores(t) };
}

function inferLimit(t: StageTotals, precision: Precision): Limit {
  const device = t.inferCores > 0 ? 'CPU' : 'GPU';
  const busy = percent(shares(t).session);
  const what = `inference-bound: the ${device} session is busy ${busy} of the time`;
  if (device === 'GPU') {
    return { stage: 'infer', what, help: 'a second GPU', relief: { inferBusy: t.inferBusy / 2 } };
  }
  if (precision === 'int8') return { stage: 'infer', what, ...twiceTheCores(t) };
  const { inferBusy, inferCores } = uncontended(t);
  return {
    stage: 'infer',
    what,
    help: 'int8 on a CPU with VNNI',
    relief: { inferBusy: inferBusy / int8Speedup, inferCores: inferCores / int8Speedup },
  };
}

/** Twice the cores halve the time of an inference call, not its work. */
function twiceTheCores(t: StageTotals): Pick<Limit, 'help' | 'relief'> {
  const relief = { cores: 2 * t.cores, inferBusy: uncontended(t).inferBusy / 2 };
  return { help: 'twice the cores', relief };
}

function fetchLimit(t: StageTotals): Limit {
  const mean = Math.round((1000 * t.fetch) / Math.max(1, t.fetched));
  const what = `fetch-bound: ${number(t.fetch / t.wall)} of ${number(t.fetchPlaces / t.wall)} fetches waiting, mean ${mean} ms`;
  return { stage: 'fetch', what, help: 'a nearer store or more workers', relief: { fetch: 0 } };
}

function writeLimit(t: StageTotals): Limit {
  const what = `output-bound: ${number(t.write / t.wall)} of ${number(t.chunkPlaces / t.wall)} chunks wait for their part and commit`;
  return { stage: 'write', what, help: 'larger chunks or a nearer output', relief: { write: 0 } };
}

function queueLimit(t: StageTotals): Limit {
  const share = percent(t.queueWait / t.wall);
  const relief = { queueWait: 0 };
  if (t.list > t.listWait) {
    const what = `listing-bound: workers had no chunk ${share} of the time, and the producer waited for its source`;
    return { stage: 'list', what, help: 'a faster source (a manifest in place of a listing)', relief };
  }
  const what = `starved: no chunks waiting ${share} of the time`;
  return { stage: 'queue', what, help: 'a larger LABELMILL_OUTSTANDING_CHUNKS', relief };
}

function noLimit(totals: StageTotals, share: number): Bottleneck {
  const { cores, session, fetch, write, queue } = shares(totals);
  const line = `no clear limit: cores busy ${percent(cores)}, inference ${percent(session)}, fetches ${percent(fetch)}, output ${percent(write)}, no chunk ${percent(queue)}`;
  return { stage: 'none', share, gain: null, advice: '', line };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** One digit where it says something. */
function number(value: number): string {
  return value.toFixed(1).replace('.0', '');
}
