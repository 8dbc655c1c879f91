/**
 * The producer as a library: starts runs and resumes them.
 *
 *     await using producer = await Producer.connect({ redisUrl, stores, mostOutstandingChunks: 1000 });
 *     const run = await producer.start({ source: new StreamSource(uris), bundle, output: 's3://bucket/runs/', topK: 5, chunkSize: 256 });
 *     const summary = await run.closed();
 */

import { tmpdir } from 'node:os';
import type { OutageError } from '@labelmill/shared/errors';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { rebuildLedger } from '@labelmill/shared/ledger/rebuild';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { atOnce } from '@labelmill/shared/redis/at-once';
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
  /** By bundle name. */
  readonly #queues = new Map<string, ChunkQueue>();
  /** Those that the metrics are about, by id. */
  readonly #runs = new Map<string, RunInfo['run']>();
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
    const { id, bundle } = info.run;
    const queue = this.#queues.get(bundle.name) ?? new ChunkQueue(bundle.name, redisUrl);
    this.#queues.set(bundle.name, queue);
    await this.#forgetEnded();
    this.#runs.set(id, info.run);
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

  /**
   * What its metrics are read from: the runs that were started or resumed here, without those that had ended when the
   * newest of them began. Waits for Redis two seconds at most.
   */
  async snapshot(): Promise<ProducerSnapshot> {
    const outages = this.#outages;
    const bundles = [...new Set([...this.#runs.values()].map(({ bundle }) => bundle.name))];
    const accounts = await atOnce(this.#accounts());
    if (accounts === null) {
      const queues = bundles.map((bundle) => ({ bundle, depth: null }));
      return { redisAnswers: false, runs: [], queues, outages };
    }
    const queues = await Promise.all(
      bundles.map(async (bundle) => ({ bundle, depth: await readQueue(this.#redis, bundle) })),
    );
    const runs = accounts.flatMap(({ run: { id, bundle }, account }) =>
      account === null ? [] : [{ id, bundle: bundle.name, account }],
    );
    return { redisAnswers: true, runs, queues, outages };
  }

  /** Asks Redis even where there is no run, so that no answer is known as such. */
  async #accounts() {
    await this.#redis.ping();
    return Promise.all(
      [...this.#runs.values()].map(async (run) => ({ run, account: await this.ledger.account(run.id) })),
    );
  }

  /** A process that carries out schedules goes on for months: it must not hold, and show, every run there was. */
  async #forgetEnded(): Promise<void> {
    for (const { run, account } of await this.#accounts()) {
      if (account === null || account.state === 'complete' || account.state === 'cancelled')
        this.#runs.delete(run.id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const queue of this.#queues.values()) await queue[Symbol.asyncDispose]();
    this.#queues.clear();
    this.#redis.disconnect();
  }
}
