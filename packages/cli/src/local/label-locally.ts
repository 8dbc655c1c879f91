/**
 * `label`: producer and worker in one process, over a private Redis.
 *
 * The run's folder is the truth; Redis lives only as long as this process, and is filled from the folder when an
 * unfinished run is resumed.
 */
import type { Bundle } from '@labelmill/models/bundle-schema';
import type { Against } from '@labelmill/producer/changed/against';
import { Producer } from '@labelmill/producer/producer';
import type { Source } from '@labelmill/producer/source/source';
import type { OutageError } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import { readSummary } from '@labelmill/shared/run/run-files';
import type { DecodeMode, Emit, PartFormat, Summary } from '@labelmill/shared/schema/run';
import { bottleneck } from '@labelmill/shared/stages/bottleneck';
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { ImageResult } from '@labelmill/worker/engine/protocol';
import type { EngineBounds } from '@labelmill/worker/supervisor/engine-watch';
import { Supervisor } from '@labelmill/worker/supervisor/supervisor';
import type { RunDetails } from '../terminal/run-details.ts';
import type { BatchChoice } from './choose-batch.ts';
import { type EngineRequirements, engineConfig } from './engine-config.ts';
import { PrivateRedis } from './private-redis.ts';

export interface LocalRequest extends EngineRequirements {
  readonly bundle: Bundle;
  readonly source: Source;
  /** An unfinished run to go on with, or a new one below `output`: both URIs of folders. */
  readonly start:
    | { readonly resume: string }
    | {
        readonly output: string;
        readonly topK: number;
        readonly emit: readonly Emit[];
        readonly decode: DecodeMode;
        readonly partFormat: PartFormat;
        readonly against?: Against | undefined;
      };
  /** Of a run to go on with: in place of what it was begun with. */
  readonly maxErrorRate?: number | undefined;
  readonly bounds: EngineBounds;
  readonly batch: BatchChoice;
  readonly runtimeFolder: string;
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Called whenever an outage of the storage keeps the run waiting. */
  readonly onOutage: (error: OutageError) => void;
}

export interface LocalProgress {
  readonly done: number;
  readonly errors: number;
  readonly total: number;
  readonly totalIsFinal: boolean;
  readonly details: RunDetails;
}

export interface LocalResult {
  readonly folder: string;
  readonly summary: Summary;
  /** Images that this process labelled, and the seconds from the engine being ready to the last of them. */
  readonly labelled: number;
  readonly seconds: number;
  /** Where this process's time went. */
  readonly stages: StageTotals | null;
}

/** Small chunks: progress shows early, and little is done again after an interruption. */
const localChunkSize = 32;
/** Enough to keep any engine busy; the private Redis stays small. */
const localOutstandingChunks = 256;
/** What is in work when the user interrupts may finish for this long. */
const interruptGraceMs = 3_000;

/**
 * @param onProgress called with a function that gives the present state, once there is a run
 * @param signal aborted by the first Ctrl-C: what is counted stays counted, and the same request resumes
 */
export async function labelLocally(
  request: LocalRequest,
  onProgress: (state: () => LocalProgress) => void,
  signal: AbortSignal,
): Promise<LocalResult> {
  const { bundle, source, start, maxErrorRate, log, env } = request;
  await using redis = await PrivateRedis.start(request.runtimeFolder);
  await using stores = openOperatorStores(request.stores);
  // Before the run: an engine that cannot start leaves no run behind.
  const counted = new CountedImages(bundle);
  await using supervisor = await Supervisor.start(
    {
      bundle,
      engine: engineConfig(bundle, request),
      onBatch: request.batch.onBatch,
      bounds: request.bounds,
      env,
      redisUrl: redis.url,
      stores,
      log,
      onResult: (result) => counted.add(result),
    },
    signal,
  );
  const began = performance.now();
  await using producer = await Producer.connect({
    redisUrl: redis.url,
    stores,
    mostOutstandingChunks: localOutstandingChunks,
    scratch: request.scratch,
    onOutage: request.onOutage,
  });
  const run =
    'resume' in start
      ? await producer.resume(start.resume, signal, { source, maxErrorRate })
      : await producer.start({ ...start, source, bundle, chunkSize: localChunkSize, maxErrorRate }, signal);
  const before = await run.account();
  let account = before;
  onProgress(() => ({
    done: Math.min((before?.ok ?? 0) + (before?.error ?? 0) + counted.all, account?.images ?? 0),
    errors: (before?.error ?? 0) + counted.errors,
    total: account?.images ?? 0,
    totalIsFinal: account?.listed ?? false,
    details: {
      errors: account?.errors ?? {},
      limit: account === null ? null : (bottleneck(account.stages, bundle.manifest.precision)?.line ?? null),
      labels: counted.labels,
    },
  }));
  const { folder } = run.info;
  let summary: Summary | null;
  try {
    summary = await run.closed((now) => {
      account = now;
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    await supervisor.drain(interruptGraceMs);
    // What was in work may have been the last of it: then nothing was interrupted.
    summary = await readSummary(stores.for(folder), folder);
    if (summary === null) throw error;
  }
  const seconds = (counted.lastAt - began) / 1000;
  const stages = (await run.account())?.stages ?? null;
  return { folder, summary, labelled: counted.all, seconds, stages };
}

class CountedImages {
  readonly #classes: Bundle['manifest']['classes'];
  all = 0;
  errors = 0;
  lastAt = performance.now();
  /** Images by best label. */
  readonly labels = new Map<string, number>();

  constructor({ manifest }: Bundle) {
    this.#classes = manifest.classes;
  }

  add(result: ImageResult): void {
    if (result.status === 'outage') return;
    this.all++;
    this.lastAt = performance.now();
    if (result.status === 'error') {
      this.errors++;
      return;
    }
    const label = this.#classes[result.indices[0] ?? -1]?.label;
    if (label !== undefined) this.labels.set(label, (this.labels.get(label) ?? 0) + 1);
  }
}
