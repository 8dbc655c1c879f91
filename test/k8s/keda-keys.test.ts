/** What KEDA counts is what BullMQ keeps, on a queue in use, and its user in Redis may do that and nothing else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { kedaCount } from './keda.ts';
import { type Manifest, overlayManifests } from './kustomize.ts';

it('the keys of the overlay count the waiting, active and delayed chunks of a live queue', async () => {
  const manifests = await overlayManifests('gpu');
  const bundle = manifests.find(({ kind }) => kind === 'ScaledObject')?.metadata.labels?.[
    'labelmill.io/bundle'
  ];
  await using redis = await TestRedis.start();
  const admin = redis.connect();
  await admin.call('ACL', 'SETUSER', ...(await kedaUser()));
  const keda = new Redis(`redis://keda:count-only@127.0.0.1:${redis.port}`, {
    // ioredis' own look at INFO; KEDA's client has none.
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
  });

  const connection = redisOptions(redis.url);
  const queue = new Queue(bundle ?? '', { connection, prefix: keyPrefix });
  await queue.addBulk(Array.from({ length: 7 }, (_, at) => ({ name: 'chunk', data: { at } })));
  await queue.add('chunk', {}, { delay: 3_600_000 });
  await queue.add('chunk', {}, { delay: 3_600_000 });
  const taken = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let running = 0;
  const hold = async () => {
    if (++running === 3) taken.resolve();
    await release.promise;
  };
  const worker = new Worker(bundle ?? '', hold, { connection, prefix: keyPrefix, concurrency: 3 });
  await taken.promise;

  const counts = Object.fromEntries(
    await Promise.all(
      triggersOf(manifests).map(async ({ name, metadata }) => [
        name,
        await kedaCount(keda, metadata.listName),
      ]),
    ),
  );
  expect(counts).toEqual({ wait: 4, active: 3, delayed: 2 });
  expect(await admin.call('ACL', 'LOG')).toEqual([]);

  for (const command of [
    ['LPUSH', `${keyPrefix}:${bundle}:wait`, 'x'],
    ['EVAL', "return redis.call('DEL', KEYS[1])", '1', `${keyPrefix}:${bundle}:wait`],
    ['EVAL', "return redis.call('LLEN', KEYS[1])", '1', `${keyPrefix}-run:{x}`],
    ['HGETALL', `${keyPrefix}:${bundle}:1`],
  ] as [string, ...string[]][]) {
    await expect(keda.call(...command)).rejects.toThrow(/NOPERM|can't run this command|can't access/);
  }
  release.resolve();
  await worker.close();
  await queue.close();
  keda.disconnect();
  admin.disconnect();
});

interface Trigger {
  readonly name: string;
  readonly metadata: { readonly listName: string };
}

function triggersOf(manifests: readonly Manifest[]): Trigger[] {
  return manifests
    .find(({ kind }) => kind === 'ScaledObject')
    ?.spec.triggers.filter(({ type }: { type: string }) => type === 'redis');
}

async function kedaUser(): Promise<string[]> {
  const file = await readFile(join(repository, 'k8s/redis-users.acl'), 'utf8');
  const line = file.split('\n').find((each) => each.startsWith('user keda ')) ?? '';
  return line.replace('>CHANGE-ME-TOO', '>count-only').split(' ').slice(1);
}
