/** The ledger against a real Redis: whatever is said twice counts once. */
import { Ledger } from '@labelmill/shared/ledger/ledger';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { newEpoch, newRunId } from '@labelmill/shared/run/run-id';
import type { Run } from '@labelmill/shared/schema/run';
import { noStages } from '@labelmill/shared/stages/stage-totals';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../parts/redis.ts';

let server: TestRedis;
let redis: Redis;
let ledger: Ledger;

beforeAll(async () => {
  server = await TestRedis.start();
  redis = server.connect();
  ledger = new Ledger(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

async function openRun(): Promise<RunInfo> {
  const run: Run = {
    format: 1,
    id: newRunId(),
    created: new Date().toISOString(),
    source: { kind: 'listing', uri: 's3://b/', include: [], exclude: [] },
    bundle: {
      name: 'vgg-mini-fp32',
      digest: 'sha256:0',
      digests: { weights: 'sha256:1', graph: 'sha256:2', preprocessing: 'sha256:3', labelMap: 'sha256:4' },
      trained: true,
    },
    preprocessing: { decode: 'exact' },
    topK: 5,
    chunkSize: 16,
    maxErrorRate: 1,
    emit: ['labels'],
    partFormat: 'jsonl',
    createOnce: true,
  };
  const counts = { ok: 0, error: 0, errors: {}, quarantined: [] };
  const epoch = newEpoch();
  const folder = 's3://out/run/';
  await ledger.rebuild(
    {
      run,
      folder,
      listed: false,
      segments: 0,
      chunks: 0,
      images: 0,
      done: [],
      counts,
      retry: null,
      maxErrorRate: 1,
    },
    epoch,
  );
  return { run, folder, epoch, retry: null, hold: null };
}

const fifteenAndOne = { ok: 15, error: 1, errors: { undecodable: 1 }, quarantined: [] };

describe('the ledger', () => {
  it('counts a chunk once, however often and by however many it is committed', async () => {
    const info = await openRun();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => ledger.commit(info, 3, fifteenAndOne)),
    );
    expect(results.filter((result) => result === 'committed')).toHaveLength(1);
    expect(results.filter((result) => result === 'duplicate')).toHaveLength(19);
    expect(await ledger.account(info.run.id)).toMatchObject({
      doneChunks: 1,
      ok: 15,
      error: 1,
      errors: { undecodable: 1 },
      duplicates: 19,
    });
  });

  it('refuses commits of an older epoch, and of a run it does not know', async () => {
    const info = await openRun();
    expect(await ledger.commit({ ...info, epoch: 'older' }, 0, fifteenAndOne)).toBe('stale');
    await redis.flushall();
    expect(await ledger.commit(info, 0, fifteenAndOne)).toBe('unknown');
  });

  it('adds a commit’s time once, and every worker’s', async () => {
    const info = await openRun();
    const time = { wall: 2.5, decode: 1.25, decoded: 16 };
    for (const seq of [0, 0, 1, 0]) await ledger.commit(info, seq, fifteenAndOne, time);
    await ledger.commit({ ...info, epoch: 'older' }, 2, fifteenAndOne, time);
    await ledger.extend(info, 0, 2, 32, { list: 0.5 });
    await ledger.extend(info, 0, 2, 32, { list: 0.5 });
    const account = await ledger.account(info.run.id);
    expect(account?.stages).toEqual({ ...noStages(), wall: 5, decode: 2.5, decoded: 32, list: 0.5 });
    expect(account?.errors).toEqual({ undecodable: 2 });
  });

  it('names quarantined images once, and only the first twenty that come', async () => {
    const info = await openRun();
    const chunk = (seq: number, count: number) => ({
      ok: 16 - count,
      error: count,
      errors: { crashed_decoder: count },
      quarantined: Array.from({ length: count }, (_, n) => ({
        index: 16 * seq + n,
        uri: `s3://b/${seq}-${n}`,
      })),
    });
    for (const seq of [2, 2, 0]) await ledger.commit(info, seq, chunk(seq, 3));
    await ledger.commit({ ...info, epoch: 'older' }, 1, chunk(1, 3));
    const indexes = async () => (await ledger.quarantined(info.run.id)).map(({ index }) => index);
    expect(await indexes()).toEqual([0, 1, 2, 32, 33, 34]);
    await ledger.commit(info, 3, chunk(3, 16));
    expect(await indexes()).toEqual([0, 1, 2, 32, 33, 34, ...Array.from({ length: 14 }, (_, n) => 48 + n)]);
    expect((await ledger.account(info.run.id))?.errors).toEqual({ crashed_decoder: 22 });
  });

  it('takes each segment once', async () => {
    const info = await openRun();
    for (const segment of [0, 0, 1, 1, 0, 5]) await ledger.extend(info, segment, 2, 32);
    expect(await ledger.account(info.run.id)).toMatchObject({ segments: 2, chunks: 4, images: 64 });
  });

  it('is rebuilt from what is there, and names the chunks that are open', async () => {
    const info = await openRun();
    const done = [0, 1, 2, 8, 17];
    const contents = {
      run: info.run,
      folder: info.folder,
      listed: true,
      segments: 5,
      chunks: 20,
      images: 320,
    };
    await ledger.rebuild(
      {
        ...contents,
        done,
        counts: {
          ok: 70,
          error: 10,
          errors: { empty: 10 },
          quarantined: [{ index: 4, uri: 's3://b/4.jpg' }],
        },
        retry: null,
        maxErrorRate: 1,
      },
      'new',
    );
    expect(await ledger.account(info.run.id)).toMatchObject({
      epoch: 'new',
      doneChunks: 5,
      ok: 70,
      errors: { empty: 10 },
    });
    const open = Array.from({ length: 20 }, (_, seq) => seq).filter((seq) => !done.includes(seq));
    expect(await ledger.openChunks(info.run.id, 20)).toEqual(open);
    expect(await ledger.openChunks(info.run.id, 18, 9)).toEqual([9, 10, 11, 12, 13, 14, 15, 16]);
    expect(await ledger.isDone(info.run.id, 17)).toBe(true);
    expect(await ledger.quarantined(info.run.id)).toEqual([{ index: 4, uri: 's3://b/4.jpg' }]);
    expect(await ledger.commit({ ...info, epoch: 'new' }, 17, fifteenAndOne)).toBe('duplicate');
  });

  it('holds a run and releases it, but not one that is complete', async () => {
    const info = await openRun();
    expect(await ledger.hold(info.run.id, 'cancelled')).toBe(true);
    expect((await ledger.info(info.run.id))?.hold).toBe('cancelled');
    expect(await ledger.hold(info.run.id, null)).toBe(true);
    expect((await ledger.account(info.run.id))?.state).toBe('listing');
    await ledger.complete(info.run.id, info.epoch);
    expect(await ledger.hold(info.run.id, 'paused')).toBe(false);
    expect(await ledger.hold('no-such-run', 'paused')).toBe(false);
  });
});
