/**
 * The ledger: a run's counters and chunk bitmap in Redis. It is an account of what lies in the run's folder, and is
 * rebuilt from there when Redis is lost.
 *
 * Every change is one Lua script gated on the ledger's epoch, and a chunk counts only while its bit is 0: whatever is
 * delivered, done or said twice counts once. States: listing → running → complete, by way of paused or cancelled.
 */
import type { Redis } from 'ioredis';
import { keyPrefix } from '../redis/queue.ts';
import { redisError } from '../redis/redis-error.ts';
import type { PartCounts } from '../run/part.ts';
import { firstQuarantined, type QuarantinedImage } from '../run/quarantine.ts';
import type { StageTotals } from '../stages/stage-totals.ts';
import { type Account, accountOf, errorField } from './account.ts';
import { bitmapOf, byteOf, clearBits } from './chunk-bitmap.ts';
import { firstFields, type LedgerContents } from './ledger-contents.ts';
import { ledgerScripts } from './ledger-scripts.ts';
import { infoFields, type RunInfo, runInfo } from './run-info.ts';
import { doneKey, quarantinedKey, runKey, suspectsKey } from './run-keys.ts';
import { stageFields } from './stage-fields.ts';

/** `known`: the segment was added before · `stale` and `unknown` as in `commit`. */
export type ExtendResult = 'extended' | 'known' | 'stale' | 'unknown';

export type CommitResult = 'committed' | 'duplicate' | 'stale' | 'unknown';

const runsKey = `${keyPrefix}-runs`;

export class Ledger {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Enters a run, or replaces what the ledger says of it: one transaction, so nobody sees half of it. */
  async rebuild(contents: LedgerContents, epoch: string): Promise<void> {
    const { run, counts } = contents;
    const done = bitmapOf(contents.done);
    const keys = [runKey(run.id), doneKey(run.id), quarantinedKey(run.id)];
    const replaced = this.#redis
      .multi()
      .del(...keys)
      .hset(runKey(run.id), firstFields(contents, epoch, done.count));
    for (const { index, uri } of counts.quarantined) replaced.hset(quarantinedKey(run.id), { [index]: uri });
    if (done.count > 0) replaced.set(doneKey(run.id), done.bytes);
    await replaced.exec().catch((error: unknown) => {
      throw redisError(error);
    });
    await this.#redis.zadd(runsKey, Date.parse(run.created), run.id);
  }

  /** Adds a segment that is written, and the time it took; a second call for the same segment changes nothing. */
  async extend(
    info: RunInfo,
    segment: number,
    chunks: number,
    images: number,
    stages: Partial<StageTotals> = {},
  ): Promise<ExtendResult> {
    const arguments_ = [info.epoch, segment, chunks, images, ...stageFields(stages)];
    return (await this.#eval(ledgerScripts.extend, info.run.id, ...arguments_)) as ExtendResult;
  }

  /** The listing has ended, with so many images that another run has labelled. */
  async closeListing(info: RunInfo, carried = 0): Promise<'closed' | 'stale' | 'unknown'> {
    const result = await this.#eval(ledgerScripts.closeListing, info.run.id, info.epoch, carried);
    return result as 'closed' | 'stale' | 'unknown';
  }

  /**
   * Counts a chunk whose part is written. `duplicate`: it was counted before · `stale`: the ledger was rebuilt since
   * this worker read its epoch · `unknown`: the ledger has no such run. Only `committed` adds `stages`, the worker's
   * time since its last commit.
   */
  async commit(
    info: RunInfo,
    seq: number,
    counts: PartCounts,
    stages: Partial<StageTotals> = {},
  ): Promise<CommitResult> {
    const codes = Object.entries(counts.errors).flatMap(([code, count]) => [errorField(code), count]);
    const named = counts.quarantined.flatMap(({ index, uri }) => [index, uri]);
    const quarantined = [counts.quarantined.length, ...named];
    const numbers = [seq, counts.ok, counts.error];
    const arguments_ = [info.epoch, ...numbers, ...quarantined, ...codes, ...stageFields(stages)];
    return (await this.#eval(ledgerScripts.commit, info.run.id, ...arguments_)) as CommitResult;
  }

  /** Marks a closed account complete; false where the ledger was rebuilt since. */
  async complete(run: string, epoch: string): Promise<boolean> {
    return (await this.#eval(ledgerScripts.complete, run, epoch)) === 1;
  }

  /** Pauses, cancels or (null) releases a run; false where there is no such run or it is complete. */
  async hold(run: string, state: 'paused' | 'cancelled' | null): Promise<boolean> {
    return (await this.#eval(ledgerScripts.hold, run, state ?? '')) === 1;
  }

  /** Chunks that are listed so far. */
  async chunks(run: string): Promise<number> {
    return Number((await this.#redis.hget(runKey(run), 'chunks')) ?? 0);
  }

  async isDone(run: string, seq: number): Promise<boolean> {
    return (await this.#redis.getbit(doneKey(run), seq)) === 1;
  }

  /** Chunks from `from` on, below `chunks`, that are not counted yet. */
  async openChunks(run: string, chunks: number, from = 0): Promise<number[]> {
    if (from >= chunks) return [];
    const bytes = await this.#redis.getrangeBuffer(doneKey(run), byteOf(from), byteOf(chunks - 1));
    return clearBits(bytes, from, chunks);
  }

  async info(run: string): Promise<RunInfo | null> {
    return runInfo(await this.#redis.hmget(runKey(run), ...infoFields));
  }

  async account(run: string): Promise<Account | null> {
    return accountOf(await this.#redis.hgetall(runKey(run)));
  }

  /** The first quarantined images that were counted, in order; all of them are counted in `errors`. */
  async quarantined(run: string): Promise<QuarantinedImage[]> {
    const found = await this.#redis.hgetall(quarantinedKey(run));
    return firstQuarantined(Object.entries(found).map(([index, uri]) => ({ index: Number(index), uri })));
  }

  /** Ids of the runs in this Redis, newest first. */
  async runs(limit = 100): Promise<string[]> {
    return this.#redis.zrevrange(runsKey, 0, limit - 1);
  }

  async #eval(script: string, run: string, ...values: (string | number)[]): Promise<unknown> {
    const keys = [runKey(run), doneKey(run), suspectsKey(run), quarantinedKey(run)];
    try {
      return await this.#redis.eval(script, keys.length, ...keys, ...values);
    } catch (error) {
      throw redisError(error);
    }
  }
}
