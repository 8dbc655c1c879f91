import { setTimeout as delay } from 'node:timers/promises';
import { requireRoom } from '@labelmill/shared/redis/redis-room';
import { outlast } from '@labelmill/shared/store/outlast';
import { type Chunk, jobsAtOnce } from './chunk-queue.ts';
import type { Producing } from './produce.ts';
import { stoppedRun } from './stopped-run.ts';

/** How often the ledger is asked whether there is room again. */
const pollMs = 100;

/**
 * Keeps a bounded number of a run's chunks on the queue, counted from the run's own ledger, so that Redis stays small
 * for any source.
 */
export class Outstanding {
  readonly #producing: Producing;
  /** Chunks that go out together: once the bound is reached, this many must be done before more come. */
  readonly #bulk: number;
  /** Chunks that were counted before this producer came: they were never its to enqueue. */
  readonly #doneBefore: number;
  #enqueued = 0;
  #done = 0;
  #pending: Chunk[] = [];
  #waited = 0;

  private constructor(producing: Producing, doneBefore: number) {
    this.#producing = producing;
    this.#bulk = Math.min(jobsAtOnce, Math.ceil(producing.mostOutstandingChunks / 4));
    this.#doneBefore = doneBefore;
  }

  static async open(producing: Producing): Promise<Outstanding> {
    const account = await producing.ledger.account(producing.info.run.id);
    return new Outstanding(producing, account?.doneChunks ?? 0);
  }

  /** Enqueues a chunk, after waiting until there is room; chunks go out in bulks. */
  async add(chunk: Chunk, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#enqueued + this.#pending.length - this.#done >= this.#producing.mostOutstandingChunks) {
      await this.flush(signal);
      const began = performance.now();
      await this.#room(signal);
      this.#waited += (performance.now() - began) / 1000;
    }
    this.#pending.push(chunk);
    if (this.#pending.length >= this.#bulk) await this.flush(signal);
  }

  /** Seconds spent waiting for room since the last call. */
  takeWaited(): number {
    const waited = this.#waited;
    this.#waited = 0;
    return waited;
  }

  /** Enqueues what is pending. While Redis has no room for it, waits: what is enqueued becomes less as it is done. */
  async flush(signal: AbortSignal): Promise<void> {
    const { info, queue, redis, onOutage } = this.#producing;
    const chunks = this.#pending;
    this.#pending = [];
    if (chunks.length === 0) return;
    const enqueue = async () => {
      await requireRoom(redis);
      await queue.add(info, chunks);
    };
    await outlast(enqueue, signal, onOutage);
    this.#enqueued += chunks.length;
  }

  async #room(signal: AbortSignal): Promise<void> {
    const { info, ledger, mostOutstandingChunks } = this.#producing;
    for (;;) {
      const account = await ledger.account(info.run.id);
      this.#done = (account?.doneChunks ?? 0) - this.#doneBefore;
      const stopped = stoppedRun(account, info);
      if (stopped !== null) throw stopped;
      if (this.#enqueued - this.#done <= mostOutstandingChunks - this.#bulk) return;
      await delay(pollMs, undefined, { signal });
    }
  }
}
