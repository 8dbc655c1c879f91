/** One run over the queue: enqueued first, then labelled by so many supervisors with a stand-in engine, then verified. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrivateRedis } from '@labelmill/cli/local/private-redis';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { verifyRun } from '@labelmill/shared/run/verify';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { forkScript, nextMessage } from '../forked-child.ts';
import { redisFigures } from '../redis-figures.ts';
import { watchLabelmill } from '../watched-command.ts';
import type { SupervisorUsage } from './supervisor-once.ts';

export interface QueueRun {
  readonly workers: number;
  readonly images: number;
  readonly imagesPerSecond: number;
  /** Over all supervisors. */
  readonly cpuMicroseconds: number;
  /** The worst of the supervisors'. */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly redisMicrosecondsPerChunk: number;
  readonly redisCommandsPerChunk: number;
  /** Images without exactly one right record. */
  readonly lost: number;
  /** Commits that came a second time. */
  readonly duplicates: number;
}

export async function queueRun(
  manifest: string,
  workers: number,
  imagesPerChunk: number,
  work: string,
): Promise<QueueRun> {
  await using server = await PrivateRedis.start(join(work, 'redis'));
  const redis = await connectRedis(server.url);
  const env = { REDIS_URL: server.url, LABELMILL_OUTSTANDING_CHUNKS: '1000000000' };
  const out = join(work, `runs-${workers}`);
  const asked = ['enqueue', manifest, '--out', out, '--chunk-size', String(imagesPerChunk), '--json'];
  const enqueued = JSON.parse((await watchLabelmill(asked, env).ended).stdout) as {
    run: string;
    folder: string;
  };

  const supervisors = Array.from({ length: workers }, () =>
    forkScript(new URL('./supervisor-once.ts', import.meta.url), [server.url]),
  );
  for (const supervisor of supervisors) await nextMessage(supervisor);
  const [before, began] = [await redisFigures(redis), performance.now()];
  for (const supervisor of supervisors) supervisor.send('begin');
  const ledger = new Ledger(redis);
  let account = await ledger.account(enqueued.run);
  while (account?.state !== 'complete') {
    await delay(20);
    account = await ledger.account(enqueued.run);
  }
  const seconds = (performance.now() - began) / 1000;
  const after = await redisFigures(redis);
  const usages: SupervisorUsage[] = [];
  for (const supervisor of supervisors) {
    supervisor.send('end');
    usages.push(await nextMessage<SupervisorUsage>(supervisor));
  }
  redis.disconnect();

  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  const verified = await verifyRun(stores, enqueued.folder);
  rmSync(out, { recursive: true });
  const worst = (name: 'p50' | 'p99' | 'max') => Math.max(...usages.map(({ delayMs }) => delayMs[name]));
  const cpuSeconds = usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
  return {
    workers,
    images: account.images,
    imagesPerSecond: account.images / seconds,
    cpuMicroseconds: (cpuSeconds * 1e6) / account.images,
    delayMs: { p50: worst('p50'), p99: worst('p99'), max: worst('max') },
    redisMicrosecondsPerChunk: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / account.chunks,
    redisCommandsPerChunk: (after.commands - before.commands) / account.chunks,
    lost: verified.listed - verified.ok + verified.differences.length,
    duplicates: account.duplicates,
  };
}
