/**
 * The ledger: a run's counters and chunk bitmap in Redis. It is an account of what lies in the run's folder, and is
 * rebuilt from there when Redis is lost.
 *
 * Every change is one Lua script gated on the ledger's epoch, and a chunk counts only while its bit is 0: whatever is
 * delivered, done or said twice counts once. States: listing → running → complete, by way of paused or cancelled.
 */
import type { Redis } from 'ioredis';
import { keyPrefix } from '../redis/queue.ts';
import { redisError } from '../redis/redis-full.ts';
import type { PartCounts } from '../run/part.ts';
import { firstQuarantined, type QuarantinedImage } from '../run/quarantine.ts';
import type { ErrorSelector } from '../run/retry.ts';
import { type Run, runSchema } from '../schema/run.ts';
import type { StageTotals } from '../stages/stage-totals.ts';
import { ledgerScripts } from './ledger-scripts.ts';
import { doneKey, quarantinedKey, runKey, suspectsKey } from './run-keys.ts';
import { stageFields, stagesOf } from './stage-fields.ts';

export type RunState = 'listing' | 'running' | 'paused' | 'cancelled' | 'complete';

/** A run as workers need it. */
export interface RunInfo {
  readonly run: Run;
  /** URI of the run's folder, ending in `/`. */
  readonly folder: string;
  readonly epoch: string;
  /** The run's newest retry; null where it was never retried. */
  readonly retry: { readonly generation: number; readonly errors: ErrorSelector } | null;
  /** Why no worker should label it now. */
  readonly hold: 'paused' | 'cancelled' | 'complete' | null;
}

export interface Account {
  readonly state: RunState;
  /** Why a run paused by itself; null where someone paused it. */
  readonly why: 'error_rate' | null;
  /** See `LedgerContents`. */
  readonly maxErrorRate: number;
  readonly epoch: string;
  /** Has the listing ended, so that `images` and `chunks` are final? */
  readonly listed: boolean;
  readonly segments: number;
  readonly chunks: number;
  /** To be labelled by this run. */
  readonly images: number;
  /** Whose record another run holds; known when the listing has ended. */
  readonly carried: number;
  readonly doneChunks: number;
  readonly ok: number;
  readonly error: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Commits that came a second time and were not counted. */
  readonly duplicates: number;
  /** Since the ledger was made: a ledger that is rebuilt begins at 0. */
  readonly stages: StageTotals;
}

/** What `rebuild` writes: the account as found in the run's folder. */
export interface LedgerContents {
  readonly run: Run;
  readonly folder: string;
  readonly listed: boolean;
  readonly segments: number;
  readonly chunks: number;
  readonly images: number;
  readonly carried?: number;
  /** Chunks whose part is there. */
  readonly done: Iterable<number>;
  readonly counts: PartCounts;
  readonly retry: RunInfo['retry'];
  /** The run pauses above this share of error records; 1: never. */
  readonly maxErrorRate: number;
}

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
    const done = bitmap(contents.done);
    const fields: Record<string, string | number> = {
      epoch,
      run: JSON.stringify(run),
      folder: contents.folder,
      hold: '',
      listed: contents.listed ? 1 : 0,
      segments: contents.segments,
      chunks: contents.chunks,
      images: contents.images,
      carried: contents.carried ?? 0,
      done: done.count,
      ok: counts.ok,
      error: counts.error,
      duplicates: 0,
      maxErrorRate: contents.maxErrorRate,
      retry: contents.retry === null ? '' : JSON.stringify(contents.retry),
    };
    for (const [code, count] of Object.entries(counts.errors)) fields[`error:${code}`] = count;
    const keys = [runKey(run.id), doneKey(run.id), quarantinedKey(run.id)];
    const replaced = this.#redis
      .multi()
      .del(...keys)
      .hset(runKey(run.id), fields);
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
    const codes = Object.entries(counts.errors).flatMap(([code, count]) => [`error:${code}`, count]);
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
    const firstByte = from >> 3;
    const bytes = await this.#redis.getrangeBuffer(doneKey(run), firstByte, (chunks - 1) >> 3);
    const open: number[] = [];
    for (let seq = from; seq < chunks; seq++) {
      if (((bytes[(seq >> 3) - firstByte] ?? 0) & (0x80 >> (seq & 7))) === 0) open.push(seq);
    }
    return open;
  }

  async info(run: string): Promise<RunInfo | null> {
    const names = ['run', 'folder', 'epoch', 'retry', 'hold'] as const;
    const [json, folder, epoch, retry, hold] = await this.#redis.hmget(runKey(run), ...names);
    if (json == null || folder == null || epoch == null) return null;
    return {
      run: runSchema.parse(JSON.parse(json)),
      folder,
      epoch,
      retry: retry ? JSON.parse(retry) : null,
      hold: (hold || null) as RunInfo['hold'],
    };
  }

  async account(run: string): Promise<Account | null> {
    const fields = await this.#redis.hgetall(runKey(run));
    if (fields.epoch === undefined) return null;
    const number = (name: string) => Number(fields[name] ?? 0);
    const errors: Record<string, number> = {};
    for (const name of Object.keys(fields)) {
      if (name.startsWith('error:')) errors[name.slice('error:'.length)] = number(name);
    }
    const listed = fields.listed === '1';
    const state = (fields.hold || (listed ? 'running' : 'listing')) as RunState;
    return {
      state,
      why: (fields.why || null) as Account['why'],
      maxErrorRate: number('maxErrorRate'),
      epoch: fields.epoch,
      listed,
      segments: number('segments'),
      chunks: number('chunks'),
      images: number('images'),
      carried: number('carried'),
      doneChunks: number('done'),
      ok: number('ok'),
      error: number('error'),
      errors,
      duplicates: number('duplicates'),
      stages: stagesOf(fields),
    };
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

/** Redis' bitmap: bit 0 is the highest bit of byte 0. */
function bitmap(done: Iterable<number>): { bytes: Buffer; count: number } {
  const seqs = [...done];
  const bytes = Buffer.alloc(seqs.reduce((most, seq) => Math.max(most, (seq >> 3) + 1), 0));
  for (const seq of seqs) bytes[seq >> 3] = (bytes[seq >> 3] ?? 0) | (0x80 >> (seq & 7));
  return { bytes, count: seqs.length };
}
