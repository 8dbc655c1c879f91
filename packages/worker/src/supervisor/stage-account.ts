/**
 * A supervisor's account of its time, from the engine being ready: what the engine reports, and when there were chunks.
 *
 * Chunks of several runs share the engine, and the time since the last commit goes to the run that commits next: exact
 * where one run is in work, close where there are more. Time without any chunk counts only between two chunks of one
 * run: before a run and after it a worker is idle, not starved.
 */
import { addStages, noStages, type StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { EngineConfig } from '../engine/protocol.ts';

export class StageAccount {
  /** Chunks that may be in work at a time. */
  chunkPlaces = 0;
  readonly #config: EngineConfig;
  /** In seconds. */
  readonly #clock: () => number;
  #sums = noStages();
  /** What `take` has given away. */
  readonly #taken = noStages();
  #at: number;
  #idle = 0;
  #chunks = 0;
  #labelling = 0;
  #lastRun: string | null = null;

  constructor(config: EngineConfig, clock = () => performance.now() / 1000) {
    this.#config = config;
    this.#clock = clock;
    this.#at = clock();
  }

  /** What the engine measured since it last said so. */
  addEngine(stages: Partial<StageTotals>): void {
    addStages(this.#sums, stages);
    const { provider, intraOpThreads } = this.#config;
    if (provider === 'cpu') this.#sums.inferCores += (stages.infer ?? 0) * intraOpThreads;
  }

  /** A chunk comes. */
  begin(run: string): void {
    this.#advance();
    if (this.#chunks === 0) {
      if (run === this.#lastRun) this.#wall(this.#idle);
      if (run === this.#lastRun) this.#sums.queueWait += this.#idle;
      this.#idle = 0;
    }
    this.#chunks++;
  }

  /** It is done, or (null) goes back to the queue: what is not done here is no sign that chunks are missing. */
  end(run: string | null): void {
    this.#advance();
    this.#chunks--;
    this.#lastRun = run;
  }

  /** Has the engine label a chunk; the rest of the chunk's time is for its part and its commit. */
  async labelling<T>(label: () => Promise<T>): Promise<T> {
    this.#advance();
    this.#labelling++;
    try {
      return await label();
    } finally {
      this.#advance();
      this.#labelling--;
    }
  }

  /** Everything since the last call. */
  take(): StageTotals {
    this.#advance();
    const sums = this.#sums;
    this.#sums = noStages();
    addStages(this.#taken, sums);
    return sums;
  }

  /** Everything since the engine was ready; reading it takes nothing. */
  totals(): StageTotals {
    this.#advance();
    const totals = noStages();
    addStages(totals, this.#taken);
    addStages(totals, this.#sums);
    return totals;
  }

  #advance(): void {
    const now = this.#clock();
    const seconds = now - this.#at;
    this.#at = now;
    if (this.#chunks === 0) this.#idle += seconds;
    else {
      this.#wall(seconds);
      this.#sums.write += seconds * (this.#chunks - this.#labelling);
    }
  }

  #wall(seconds: number): void {
    const { cores, loaderThreads, fetchConcurrency } = this.#config;
    addStages(this.#sums, {
      wall: seconds,
      cores: seconds * cores,
      fetchPlaces: seconds * loaderThreads * fetchConcurrency,
      chunkPlaces: seconds * this.chunkPlaces,
    });
  }
}
