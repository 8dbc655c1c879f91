/**
 * The producer as a library: starts runs and resumes them.
 *
 *     await using producer = await Producer.connect({ redisUrl, stores, mostOutstandingChunks: 1000 });
 *     const run = await producer.start({ source: new StreamSource(uris), bundle, output: 's3://bucket/runs/', topK: 5, chunkSize: 256 });
 *     const summary = await run.closed();
 */

import { tmpdir } from 'node:os';
import type { OutageError } from '@labelmill/shared/errors';
import { Ledger, type RunInfo } from '@labelmill/shared/ledger/ledger';
import { rebuildLedger } from '@labelmill/shared/ledger/rebuild';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { readQueue } from '@labelmill/shared/redis/read-queue';
import type { Stores } from '@labelmill/shared/store/stores';
import type { Redis } from 'ioredis';
import { ChunkQueue } from './chunk-queue.ts';
import { checkSource, createRun, type RunRequest } from './create-run.ts';
import type { ProducerSnapshot } from './metrics/producer-metrics.ts';
import { ProducerRun } from './producer-run.ts';
import { sourceFromSpec } from './source/open-source.ts';
import type { Source } from './source/source.ts';

export interface ProducerOptions {
  readonly redisUrl: string;
  /** For sources, manifests and run folders. */
  readonly stores: Stores;
  /** Chunks of one run that may be queued or in work at a time. */
  readonly mostOutstandingChunks: number;
  /** For the files of an external sort; default: the system's temporary files. */
  readonly scratch?: string;
  /** Called whenever an outage of the storage keeps a run waiting. */
  readonly onOutage?: (error: OutageError) => void;
}

export interface ResumeRequest {
  /** Only for a run that a program feeds: the same URIs again. */
  readonly source?: Source;
  /** In place of what the run was begun with. */
  readonly maxErrorRate?: number | undefined;
}

export class Producer implements AsyncDisposable {
  readonly ledger: Ledger;
  readonly #options: ProducerOptions;
  readonly #redis: Redis;
  readonly #opened: AsyncDisposable[] = [];
  readonly #runs: RunInfo['run'][] = [];
  #outages = 0;

  private constructor(options: ProducerOptions, redis: Redis) {
    this.#options = options;
    this.#redis = redis;
    this.ledger = new Ledger(redis);
  }

  /** @throws UsageError `redis_unreachable` */
  static async connect(options: ProducerOptions): Promise<Producer> {
    return new Producer(options, await connectRedis(options.redisUrl));
  }

  /**
   * Creates a run and begins to list and enqueue it.
   * @throws UsageError `source_unreadable` · `empty_source` · `output_unwritable`, before anything is written
   */
  async start(request: RunRequest, signal: AbortSignal = new AbortController().signal): Promise<ProducerRun> {
    // What a program hands in can be read only once, and may be nothing.
    if (request.source.spec.kind !== 'stream') await checkSource(request.source, signal);
    return this.#produce(await createRun(request, this.ledger, this.#options.stores), request.source, signal);
  }

  /**
   * Goes on with a run from its folder, whatever Redis still knows of it.
   * @throws UsageError `not_a_run` · `bad_source` · LabelmillError `damaged_run`
   */
  async resume(
    folder: string,
    signal: AbortSignal = new AbortController().signal,
    { source, maxErrorRate }: ResumeRequest = {},
  ): Promise<ProducerRun> {
    const { stores } = this.#options;
    const info = await rebuildLedger(this.ledger, stores.for(folder), folder, maxErrorRate);
    return this.#produce(info, source ?? sourceFromSpec(info.run.source, stores), signal);
  }

  async #produce(info: RunInfo, source: Source, signal: AbortSignal): Promise<ProducerRun> {
    const {
      redisUrl,
      stores,
      mostOutstandingChunks,
      scratch = tmpdir(),
      onOutage = () => {},
    } = this.#options;
    const queue = new ChunkQueue(info.run.bundle.name, redisUrl);
    this.#opened.push(queue);
    this.#runs.push(info.run);
    const shared = {
      ledger: this.ledger,
      stores,
      queue,
      mostOutstandingChunks,
      scratch,
      redis: this.#redis,
      onOutage: (error: OutageError) => {
        this.#outages++;
        onOutage(error);
      },
    };
    return new ProducerRun({ ...shared, info, source }, signal);
  }

  /** What its metrics are read from: the runs that were started or resumed here. Waits for Redis a second at most. */
  async snapshot(): Promise<ProducerSnapshot> {
    const bundles = [...new Set(this.#runs.map(({ bundle }) => bundle.name))];
    const queues = await Promise.all(
      bundles.map(async (bundle) => ({ bundle, depth: await readQueue(this.#redis, bundle) })),
    );
    // Commands to a Redis that is away wait until it is back.
    const answers = queues.every(({ depth }) => depth !== null);
    const accounts = answers ? await Promise.all(this.#runs.map(({ id }) => this.ledger.account(id))) : [];
    const runs = this.#runs.flatMap(({ id, bundle }, place) => {
      const account = accounts[place] ?? null;
      return account === null ? [] : [{ id, bundle: bundle.name, account }];
    });
    return { runs, queues, outages: this.#outages };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened.splice(0)) await opened[Symbol.asyncDispose]();
    this.#redis.disconnect();
  }
}
