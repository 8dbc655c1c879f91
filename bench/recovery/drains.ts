/** One chunk, and one worker after the other that is told to stop as soon as it has it. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabelmillProcess, labelmill } from '../../test/parts/labelmill.ts';
import { TestRedis } from '../../test/parts/redis.ts';
import { temporaryFolder } from '../../test/parts/temp-folder.ts';
import { queueKey } from './endless-run.ts';
import { examples, photoManifest } from './photo-manifest.ts';

export interface Drains {
  readonly drains: number;
  readonly listed: number;
  readonly ok: number;
  readonly error: number;
  /** Attempts that BullMQ counted before the last worker. */
  readonly attempts: number;
}

const images = 600;
const lookMs = 5;

export async function drainOften(drains: number): Promise<Drains> {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: examples, LABELMILL_DRAIN_MS: '0' };
  const manifest = await photoManifest(folder.path, images);
  const args = ['enqueue', manifest, '--out', join(folder.path, 'runs'), '--chunk-size', String(images)];
  const enqueued = await labelmill([...args, '--json'], { env });
  const { run } = JSON.parse(enqueued.stdout);
  const connection = redis.connect();
  for (let drain = 1; drain <= drains; drain++) {
    process.stderr.write(`drain ${drain} of ${drains}\n`);
    await using worker = new LabelmillProcess(['worker'], { env });
    while ((await connection.llen(`${queueKey}:active`)) === 0) await delay(lookMs);
    worker.kill('SIGTERM');
    const { status } = await worker.ended;
    if (status !== 0) throw new Error(`a worker that was told to stop ended with ${status}`);
  }
  const attempts = Number((await connection.hget(`${queueKey}:${run}-0-g0`, 'atm')) ?? 0);
  connection.disconnect();
  await using _last = new LabelmillProcess(['worker'], { env });
  const waited = await labelmill(['wait', run, '--json'], { env });
  const account = JSON.parse(waited.stdout);
  return { drains, listed: account.images, ok: account.ok, error: account.error, attempts };
}
