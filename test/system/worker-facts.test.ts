/** What a worker knows of itself and its queue, which its probes judge it by: each excuse as it really comes about. */
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import type { WorkFacts } from '@labelmill/shared/health/stuck';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import type { ImageResult } from '@labelmill/worker/engine/protocol';
import { chunksInFlight } from '@labelmill/worker/supervisor/chunks-in-flight';
import type { Supervisor } from '@labelmill/worker/supervisor/supervisor';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { okResult } from '../chaos/stand-in-supervisor.ts';
import { miniEngineConfig } from '../engine/mini-engine.ts';
import { atOnce } from '../parts/at-once-engine.ts';
import { TestRedis } from '../parts/redis.ts';
import { supervisorOver } from '../parts/supervisor-over.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
const engine = await miniEngineConfig();
const chunkSize = 64;
const places = chunksInFlight(engine, chunkSize);

let stack: AsyncDisposableStack;
let folder: TemporaryFolder;
let redis: TestRedis;
let stores: Stores;
let queue: Queue;
let supervisor: Supervisor;
/** What the engine gives for an image. */
let result: (id: number) => Promise<ImageResult>;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  // Removed last: the worker writes there until it has ended.
  folder = stack.use(await temporaryFolder());
  redis = stack.use(await TestRedis.start());
  stores = stack.use(openOperatorStores(storeConfigSchema.parse({})));
  queue = new Queue(bundle.name, { connection: redisOptions(redis.url), prefix: keyPrefix });
  queue.on('error', () => {});
  stack.defer(() => queue.disconnect());
  result = async (id) => okResult(id);
  supervisor = stack.use(
    await supervisorOver(redis, stores, {
      startEngine: async () => ({
        ...atOnce,
        label: (images) => Promise.all(images.map((_, id) => result(id))),
      }),
    }),
  );
});
afterEach(() => stack.disposeAsync());

/** Waits until its facts are so. */
async function become(expected: Partial<WorkFacts>): Promise<void> {
  while (!stack.disposed) {
    const facts = await supervisor.state.facts();
    if (Object.entries(expected).every(([name, value]) => facts[name as keyof WorkFacts] === value)) return;
  }
}

async function enqueue(chunks: number): Promise<void> {
  const producer = stack.use(
    await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 1000 }),
  );
  const run = await producer.start({
    source: new StreamSource(Array.from({ length: chunks * chunkSize }, (_, n) => `s3://b/${n}.jpg`)),
    bundle,
    output: `${pathToFileURL(folder.path).href}/`,
    topK: 5,
    chunkSize,
  });
  await run.listed;
}

it('says what waits, and that the queue is paused', async () => {
  expect(await supervisor.state.facts()).toMatchObject({
    waiting: 0,
    queuePaused: false,
    redisAnswers: true,
    taken: 0,
  });
  await queue.pause();
  await enqueue(3);
  expect(await supervisor.state.facts()).toMatchObject({
    waiting: 3,
    queuePaused: true,
    outage: false,
    taken: 0,
  });
  await queue.resume();
  await become({ waiting: 0, queuePaused: false, taken: 3 });
});

it('has no place left while it holds as many chunks as it may, and has them all again afterwards', async () => {
  const go = Promise.withResolvers<void>();
  result = async (id) => {
    await go.promise;
    return okResult(id);
  };
  await enqueue(places + 2);
  await become({ freeSlots: 0, waiting: 2, taken: places });
  go.resolve();
  await become({ freeSlots: places, waiting: 0, taken: places + 2 });
});

it('says that an outage keeps it, and when that is over', async () => {
  result = async (id) => ({ id, status: 'outage', code: 's3_unavailable', message: 'as the test asks' });
  await enqueue(4);
  await become({ outage: true });
  result = async (id) => okResult(id);
  await become({ outage: false });
});

it('says that Redis does not answer, and that it is told to stop', async () => {
  await redis.kill();
  expect(await supervisor.state.facts()).toMatchObject({ redisAnswers: false, draining: false });
  await redis.restart();
  await become({ redisAnswers: true });
  const drained = supervisor.drain(0);
  expect(await supervisor.state.facts()).toMatchObject({ draining: true });
  await drained;
});
