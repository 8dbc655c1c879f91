import { expect, test } from 'vitest';
import { AdaptiveLimit } from './adaptive-limit.ts';

const pushback = new Error('slow down');
const newLimit = (most: number) => new AdaptiveLimit(most, (error) => error === pushback);

/** Tasks that run until they are told how to end. */
class Tasks {
  readonly running: PromiseWithResolvers<void>[] = [];
  readonly #limit: AdaptiveLimit;

  constructor(limit: AdaptiveLimit) {
    this.#limit = limit;
  }

  start(count: number): void {
    for (let n = 0; n < count; n++) {
      void this.#limit
        .run(() => {
          const task = Promise.withResolvers<void>();
          this.running.push(task);
          return task.promise;
        })
        .catch(() => {});
    }
  }

  async succeed(count: number): Promise<void> {
    for (const task of this.running.splice(0, count)) task.resolve();
    await settled();
  }

  async fail(count: number, error: Error): Promise<void> {
    for (const task of this.running.splice(0, count)) task.reject(error);
    await settled();
  }
}

/** After everything that promises still have to do. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('as many tasks run as the limit allows, in the order in which they came', async () => {
  const limit = newLimit(2);
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const runs = ends.map(({ promise }, n) =>
    limit.run(() => {
      begun.push(n);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await runs[1];
  expect(begun).toEqual([0, 1, 2]);
  for (const end of ends) end.resolve();
  await Promise.all(runs);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('a push back halves the limit once, however many of the tasks under way meet it', async () => {
  const limit = newLimit(16);
  const tasks = new Tasks(limit);
  tasks.start(16);
  await tasks.fail(10, pushback);
  expect(limit.limit).toBe(8);
  await tasks.fail(6, pushback);
  expect(limit.limit).toBe(8);
  tasks.start(8);
  await tasks.fail(8, pushback);
  expect(limit.limit).toBe(4);
});

test('each success adds 1/limit: one more after each round, up to the most', async () => {
  const limit = newLimit(4);
  const tasks = new Tasks(limit);
  for (let round = 0; round < 4; round++) {
    tasks.start(1);
    await tasks.fail(1, pushback);
  }
  expect(limit.limit).toBe(1);
  tasks.start(9);
  expect(tasks.running).toHaveLength(1);
  await tasks.succeed(1); // 1 + 1/1
  expect([limit.limit, tasks.running.length]).toEqual([2, 2]);
  await tasks.succeed(2); // 2 + 1/2 + 1/2.5 = 2.9
  expect([limit.limit, tasks.running.length]).toEqual([2, 2]);
  await tasks.succeed(1); // 2.9 + 1/2.9 = 3.24
  expect([limit.limit, tasks.running.length]).toEqual([3, 3]);
  await tasks.succeed(3); // 3.24 + 0.31 + 0.28 + 0.26 = 4.09
  expect(limit.limit).toBe(4);
  await tasks.succeed(2);
  expect(limit.limit).toBe(4);
});

test('other errors leave the limit as it is', async () => {
  const limit = newLimit(4);
  const tasks = new Tasks(limit);
  tasks.start(4);
  await tasks.fail(4, new Error('not found'));
  expect(limit.limit).toBe(4);
});

test('who stops waiting leaves the line, and no place is lost', async () => {
  const limit = newLimit(1);
  const tasks = new Tasks(limit);
  tasks.start(1);
  const stop = new AbortController();
  const stopped = limit.run(async () => 'ran', stop.signal);
  const next = limit.run(async () => 'ran');
  stop.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
  await tasks.succeed(1);
  expect(await next).toBe('ran');
  expect(await limit.run(async () => 'ran')).toBe('ran');
});
