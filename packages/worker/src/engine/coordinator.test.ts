import { EventEmitter } from 'node:events';
import { addStages, noStages, type StageField } from '@labelmill/shared/stages/stage-totals';
import { memberUri } from '@labelmill/shared/tar/member-uri';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Coordinator, type ThreadPort } from './coordinator.ts';
import type { ImageRequest, ImageResult } from './protocol.ts';
import type { InferenceReply, InferenceRequest, LoaderReply, LoaderRequest } from './thread-messages.ts';

/** A worker thread's stand-in that keeps what it is sent and says what the test wants. */
class FakePort<Request, Reply> extends EventEmitter implements ThreadPort<Request, Reply> {
  readonly received: Request[] = [];
  postMessage(request: Request): void {
    this.received.push(request);
  }
  say(reply: Reply): void {
    this.emit('message', reply);
  }
}

let loaders: FakePort<LoaderRequest, LoaderReply>[];
let inference: FakePort<InferenceRequest, InferenceReply>;
let results: ImageResult[];
let failures: string[];
let stages: Record<StageField, number>;
let coordinator: Coordinator;

beforeEach(() => {
  vi.useFakeTimers();
  loaders = [new FakePort(), new FakePort()];
  inference = new FakePort();
  results = [];
  failures = [];
  stages = noStages();
  coordinator = new Coordinator({
    loaders,
    inference: [inference],
    loaderWindow: 10,
    stretchBytes: 10_000,
    tuner: null,
    onBatch: () => {},
    onFailure: (failure) => failures.push(failure.code),
    onResults: (some, measured) => {
      results.push(...some);
      addStages(stages, measured);
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const images = (count: number): ImageRequest[] =>
  Array.from({ length: count }, (_, id) => ({ id, uri: `file:///${id}.jpg` }));

const loadedBy = (loader: FakePort<LoaderRequest, LoaderReply>): number[] =>
  loader.received.flatMap((request) => (request.type === 'load' ? request.images.map(({ id }) => id) : []));

const batchOf = (...ids: number[]): LoaderReply => ({
  type: 'batch',
  stages: { decoded: ids.length },
  batch: { pixels: new ArrayBuffer(8), images: ids.map((id) => ({ id, version: null })) },
});

const labelled = (...ids: number[]): InferenceReply => ({
  type: 'labelled',
  seconds: 0.25,
  pixels: new ArrayBuffer(8),
  results: ids.map((id) => ({ id, status: 'ok', version: null, scores: [], indices: [] })),
});

test('images are shared evenly, and no loader holds more than its window', () => {
  coordinator.label(images(30));
  expect(loaders.map((loader) => loadedBy(loader).length)).toEqual([10, 10]);
  loaders[0]!.say(batchOf(...loadedBy(loaders[0]!).slice(0, 4)));
  expect(loaders.map((loader) => loadedBy(loader).length)).toEqual([14, 10]);
});

test('a loader that holds less gets more, until all hold the same', () => {
  coordinator.label(images(8));
  loaders[1]!.say(batchOf(...loadedBy(loaders[1]!)));
  coordinator.label(images(6));
  // The first still holds its 4 of before.
  expect(loaders.map((loader) => loadedBy(loader).length)).toEqual([4 + 1, 4 + 5]);
});

/** Neighbours in one shard, 1,024 bytes each with their headers; stretches have nine of them. */
const members = (count: number): ImageRequest[] =>
  Array.from({ length: count }, (_, id) => ({
    id,
    uri: memberUri({ shard: 's3://b/one.tar', name: `${id}.jpg`, offset: 1024 * id + 512, length: 512 }),
  }));

const loadsOf = (loader: FakePort<LoaderRequest, LoaderReply>): number[] =>
  loader.received.flatMap((request) => (request.type === 'load' ? [request.images.length] : []));

test('a stretch of a shard is not cut by the window that it was begun in', () => {
  coordinator.label(members(60));
  expect(loaders.map(loadsOf)).toEqual([[18], [18]]);
  loaders[0]!.say(batchOf(...loadedBy(loaders[0]!).slice(0, 8)));
  expect(loaders.map(loadsOf)).toEqual([[18], [18]]);
  loaders[0]!.say(batchOf(loadedBy(loaders[0]!)[8]!));
  expect(loaders.map(loadsOf)).toEqual([[18, 9], [18]]);
});

test('a shard that is few images is shared by all loaders', () => {
  coordinator.label(members(8));
  expect(loaders.map(loadsOf)).toEqual([[4], [4]]);
});

test('two batches wait at an inference thread, the others here', () => {
  coordinator.label(images(20));
  for (const id of loadedBy(loaders[0]!).slice(0, 3)) loaders[0]!.say(batchOf(id));
  expect(inference.received).toHaveLength(2);
  inference.say(labelled(0));
  expect(inference.received).toHaveLength(3);
});

test('a buffer goes back to the loader it came from', () => {
  coordinator.label(images(20));
  loaders[1]!.say(batchOf(loadedBy(loaders[1]!)[0]!));
  inference.say(labelled(loadedBy(loaders[1]!)[0]!));
  expect(loaders.map(({ received }) => received.filter(({ type }) => type === 'recycle').length)).toEqual([
    0, 1,
  ]);
});

test('one slow image does not hold up decoded ones while inference is idle', () => {
  coordinator.label(images(2));
  vi.advanceTimersByTime(1_000);
  expect(loaders[0]!.received.some(({ type }) => type === 'flush')).toBe(true);
});

test('while inference is busy a batch may fill', () => {
  coordinator.label(images(4));
  loaders[0]!.say(batchOf(0));
  vi.advanceTimersByTime(1_000);
  expect(loaders[0]!.received.some(({ type }) => type === 'flush')).toBe(false);
});

test('inference waits for a batch while images are inside and none of them is with it', () => {
  vi.advanceTimersByTime(5_000); // nothing inside
  coordinator.label(images(2));
  vi.advanceTimersByTime(3_000); // loading
  loaders[0]!.say(batchOf(0));
  vi.advanceTimersByTime(250); // inferring
  inference.say(labelled(0));
  vi.advanceTimersByTime(1_000); // loading
  loaders[1]!.say(batchOf(1));
  inference.say(labelled(1));
  expect(stages).toMatchObject({
    batchWait: 4,
    inferBusy: 0.25,
    infer: 0.5,
    inferred: 2,
    decoded: 2,
    batches: 2,
  });
});

test('an inference thread that cannot go on is reported at once', () => {
  coordinator.label(images(1));
  inference.say({ type: 'failed', code: 'out_of_memory', message: 'none left' });
  expect(failures).toEqual(['out_of_memory']);
});

test('nothing is busy and no timer runs when every image has its result', () => {
  coordinator.label(images(2));
  const result = { id: 0, status: 'outage', code: 'down', message: 'down' } as const;
  loaders[0]!.say({ type: 'failed', result, stages: {} });
  loaders[1]!.say(batchOf(1));
  inference.say(labelled(1));
  expect(results.map(({ id, status }) => [id, status])).toEqual([
    [0, 'outage'],
    [1, 'ok'],
  ]);
  expect(coordinator.busy).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
