import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, RunInfo } from '@labelmill/shared/ledger/ledger';
import { type Chunk, type ChunkQueue, jobsAtOnce } from './chunk-queue.ts';
import { stoppedRun } from './stopped-run.ts';

/** How often the ledger is asked whether there is room again. */
const pollMs = 100;

/**
 * Keeps a bounded number of a run's chunks on the queue, counted from the run's own ledger, so that Redis stays small
 * for any source.
 */
export class Outstanding {
  readonly #info: RunInfo;
  readonly #ledger: Ledger;
  readonly #queue: ChunkQueue;
  readonly #most: number;
  /** Chunks that go out together: once the bound is reached, this many must be done before more come. */
  readonly #bulk: number;
  /** Chunks that were counted before this producer came: they were never its to enqueue. */
  readonly #doneBefore: number;
  #enqueued = 0;
  #done = 0;
  #pending: Chunk[] = [];
  #waited = 0;

  private constructor(
    info: RunInfo,
    ledger: Ledger,
    queue: ChunkQueue,
    mostChunks: number,
    doneBefore: number,
  ) {
    this.#info = info;
    this.#ledger = ledger;
    this.#queue = queue;
    this.#most = mostChunks;
    this.#bulk = Math.min(jobsAtOnce, Math.ceil(mostChunks / 4));
    this.#doneBefore = doneBefore;
  }

  static async open(
    info: RunInfo,
    ledger: Ledger,
    queue: ChunkQueue,
    mostChunks: number,
  ): Promise<Outstanding> {
    const account = await ledger.account(info.run.id);
    return new Outstanding(info, ledger, queue, mostChunks, account?.doneChunks ?? 0);
  }

  /** Enqueues a chunk, after waiting until there is room; chunks go out in bulks. */
  async add(chunk: Chunk, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#enqueued + this.#pending.length - this.#done >= this.#most) {
      await this.flush();
      const began = performance.now();
      await this.#room(signal);
      this.#waited += (performance.now() - began) / 1000;
    }
    this.#pending.push(chunk);
    if (this.#pending.length >= this.#bulk) await this.flush();
  }

  /** Seconds spent waiting for room since the last call. */
  takeWaited(): number {
    const waited = this.#waited;
    this.#waited = 0;
    return waited;
  }

  async flush(): Promise<void> {
    const chunks = this.#pending;
    this.#pending = [];
    if (chunks.length > 0) await this.#queue.add(this.#info, chunks);
    this.#enqueued += chunks.length;
  }

  async #room(signal: AbortSignal): Promise<void> {
    for (;;) {
      const account = await this.#ledger.account(this.#info.run.id);
      this.#done = (account?.doneChunks ?? 0) - this.#doneBefore;
      const stopped = stoppedRun(account, this.#info);
      if (stopped !== null) throw stopped;
      if (this.#enqueued - this.#done <= this.#most - this.#bulk) return;
      await delay(pollMs, undefined, { signal });
    }
  }
}
