import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineConfig } from '../engine/protocol.ts';
import { StageAccount } from './stage-account.ts';

/** 2 cores, 2 loaders of 4 fetches each, a session of 2 threads. */
const config = {
  provider: 'cpu',
  cores: 2,
  loaderThreads: 2,
  fetchConcurrency: 4,
  intraOpThreads: 2,
} as EngineConfig;

let now: number;
let account: StageAccount;
beforeEach(() => {
  now = 1000;
  account = new StageAccount(config, () => now);
  account.chunkPlaces = 3;
});

describe("a supervisor's account", () => {
  it('begins with the first chunk: start-up and idling before a run are nobody’s time', () => {
    now += 500;
    account.begin('a');
    now += 10;
    expect(account.take()).toMatchObject({
      wall: 10,
      queueWait: 0,
      cores: 20,
      fetchPlaces: 80,
      chunkPlaces: 30,
    });
  });

  it('counts waiting for chunks between two of one run, and not between runs', () => {
    account.begin('a');
    now += 1;
    account.end('a');
    now += 4;
    account.begin('a');
    now += 1;
    account.end('a');
    expect(account.take()).toMatchObject({ wall: 6, queueWait: 4 });
    now += 60;
    account.begin('b');
    expect(account.take()).toMatchObject({ wall: 0, queueWait: 0 });
  });

  it('does not call it starving when a chunk went back to the queue', () => {
    account.begin('a');
    account.end('a');
    account.begin('a');
    account.end(null);
    now += 5;
    account.begin('a');
    expect(account.take()).toMatchObject({ wall: 0, queueWait: 0 });
  });

  it('counts as writing what a chunk takes outside of the engine, for every chunk', async () => {
    account.begin('a');
    account.begin('a');
    const first = Promise.withResolvers<void>();
    const labelled = account.labelling(() => first.promise);
    now += 3; // one labels, the other writes
    first.resolve();
    await labelled;
    now += 2; // both write
    expect(account.take()).toMatchObject({ wall: 5, write: 3 + 2 * 2, chunkPlaces: 15 });
  });

  it('adds what engines report, and an inference second takes a core-second of every thread', () => {
    account.addEngine({ infer: 3, decode: 4, decoded: 10 });
    account.addEngine({ infer: 1, decoded: 5 });
    expect(account.take()).toMatchObject({ infer: 4, inferCores: 8, decode: 4, decoded: 15 });
    expect(account.take()).toMatchObject({ infer: 0, inferCores: 0, decoded: 0 });
  });

  it('gives inference on a GPU no cores', () => {
    account = new StageAccount({ ...config, provider: 'cuda', intraOpThreads: 1 }, () => now);
    account.addEngine({ infer: 3 });
    expect(account.take()).toMatchObject({ infer: 3, inferCores: 0 });
  });
});
