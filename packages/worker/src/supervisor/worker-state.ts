/** How a worker is, for whoever asks: probes, a scrape of its metrics, and what it says of itself in Redis. */
import type { Bundle } from '@labelmill/models/bundle-schema';
import type { WorkFacts } from '@labelmill/shared/health/stuck';
import { readQueue } from '@labelmill/shared/redis/read-queue';
import { bottleneck } from '@labelmill/shared/stages/bottleneck';
import { RecentStages } from '@labelmill/shared/stages/recent-stages';
import type { Redis } from 'ioredis';
import type { EngineConfig } from '../engine/protocol.ts';
import type { WorkerSnapshot } from '../metrics/worker-metrics.ts';
import type { ChunkIntake } from './chunk-intake.ts';
import type { ImageLabeller } from './image-labeller.ts';
import type { StageAccount } from './stage-account.ts';
import type { WorkTally } from './work-tally.ts';
import type { WorkerStatus } from './worker-reporter.ts';

/** What it is read from. */
export interface Workings {
  readonly bundle: Bundle;
  readonly config: EngineConfig;
  readonly redis: Redis;
  readonly engine: Pick<ImageLabeller, 'status'>;
  readonly intake: Pick<ChunkIntake, 'places' | 'inWork' | 'taken' | 'breaker' | 'closing'>;
  readonly stages: StageAccount;
  readonly tally: WorkTally;
}

/** What a worker says of its rate is of this while. */
const recentMs = 60_000;

export class WorkerState {
  readonly #workings: Workings;
  readonly #recent = new RecentStages(recentMs);

  constructor(workings: Workings) {
    this.#workings = workings;
  }

  /** Never waits long: a Redis that does not answer is one of the facts. */
  async facts(): Promise<WorkFacts> {
    const { redis, bundle, intake } = this.#workings;
    const queue = await readQueue(redis, bundle.name);
    return {
      redisAnswers: queue !== null,
      waiting: queue?.waiting ?? 0,
      queuePaused: queue?.paused ?? false,
      freeSlots: intake.places - intake.inWork,
      outage: intake.breaker !== 'closed',
      draining: intake.closing,
      taken: intake.taken,
    };
  }

  /** What its metrics are read from. */
  async snapshot(): Promise<WorkerSnapshot> {
    const { redis, bundle, intake, stages, tally } = this.#workings;
    return {
      tally,
      stages: stages.totals(),
      queue: await readQueue(redis, bundle.name),
      chunksInWork: intake.inWork,
      chunkPlaces: intake.places,
      breaker: intake.breaker,
    };
  }

  /** What it says of itself in Redis. */
  status(): WorkerStatus {
    const { bundle, config, engine, intake, stages, tally } = this.#workings;
    const recent = this.#recent.since(stages.totals());
    const { ok, error } = tally.images;
    const working = intake.breaker === 'closed' ? 'ready' : 'outage';
    return {
      bundle: bundle.name,
      state: intake.closing ? 'draining' : working,
      chunks: { inWork: intake.inWork, places: intake.places },
      images: { ok, error },
      engine: {
        ...engine.status,
        restarts: Math.max(0, tally.engineStarts - 1),
        provider: config.provider,
        cores: config.cores,
      },
      imagesPerSecond: recent.wall > 0 ? recent.inferred / recent.wall : null,
      batchFill: recent.batchPlaces > 0 ? recent.inferred / recent.batchPlaces : null,
      bottleneck: bottleneck(recent, bundle.manifest.precision)?.line ?? null,
    };
  }
}
