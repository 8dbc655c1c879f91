/**
 * Processes that stand still for longer than twice the queue's lock (SIGSTOP) and then go on as if nothing had been, on a
 * store that keeps create-once.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { queueTiming } from '@labelmill/shared/redis/queue';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill } from '../parts/labelmill.ts';
import { descendant } from '../parts/process-tree.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { checkAccount } from './check-account.ts';
import { GatedWorker } from './gated.ts';
import { writePhotos, writeUris } from './soak-source.ts';

/** The time is what is tested here, so it has to pass. */
const frozenMs = 2 * queueTiming.lockDuration + 1000;

it('a worker that wakes up after others have closed its run changes nothing, not even on its last attempt', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url };
  const { source, uris } = await writeUris(folder.path, 64);
  const out = join(folder.path, 'runs');
  await using producer = new LabelmillProcess(
    ['enqueue', source, '--out', out, '--chunk-size', '8', '--wait'],
    {
      env,
    },
  );
  await producer.says('on queue');
  const [run = ''] = await runFolders(out);
  const connection = redis.connect();
  // All chunks are there, and none is in work: the next attempt of each is its last.
  const queue = 'labelmill:vgg-mini-fp32';
  while ((await connection.llen(`${queue}:wait`)) < 8);
  const id = run.slice(run.lastIndexOf('/') + 1);
  for (let seq = 0; seq < 8; seq++) await connection.hset(`${queue}:${id}-${seq}-g0`, 'atm', 4);
  connection.disconnect();

  await using zombie = await GatedWorker.start('error', env);
  await zombie.labelling;
  const thaw = delay(frozenMs);
  zombie.child.kill('SIGSTOP');
  await using other = await GatedWorker.start('ok', env);
  other.go();
  expect((await producer.ended).status).toBe(0);
  await thaw;
  zombie.go();
  zombie.child.kill('SIGCONT');
  await zombie.drain();

  const exact = { lost: 0, duplicated: 0, closed: true, ok: 64, errors: {} };
  expect(await checkAccount(run, uris)).toEqual(exact);
  expect((await labelmill(['verify', run])).status).toBe(0);
}, 120_000);

it('a worker that wakes up while its run goes on takes its chunks from nobody and fails none', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url };
  const { source, uris } = await writeUris(folder.path, 64);
  const out = join(folder.path, 'runs');
  await using zombie = await GatedWorker.start('error', env);
  await using producer = new LabelmillProcess(
    ['enqueue', source, '--out', out, '--chunk-size', '8', '--wait'],
    {
      env,
    },
  );
  await zombie.labelling;
  zombie.child.kill('SIGSTOP');
  const thaw = delay(frozenMs);
  await using other = await GatedWorker.start('ok', env);
  await other.labelling;
  await thaw;
  zombie.go();
  zombie.child.kill('SIGCONT');
  await zombie.drain();
  other.go();
  // Whichever of the two was first with a chunk: its records and its counts are the same ones.
  const ended = await producer.ended;
  const [run = ''] = await runFolders(out);
  const account = await checkAccount(run, uris);
  expect(account).toMatchObject({ lost: 0, duplicated: 0, closed: true });
  const status = account.ok === 64 ? 0 : 3;
  expect(ended.status).toBe(status);
  expect((await labelmill(['verify', run])).status).toBe(status);
}, 120_000);

it('supervisor and engine together may stand still: their chunks are done elsewhere, and nothing twice', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path, LABELMILL_BATCH: '8' };
  const { source, uris, broken } = await writePhotos(folder.path, 400);
  const out = join(folder.path, 'runs');
  await using frozen = new LabelmillProcess(['worker'], { env });
  await using producer = new LabelmillProcess(
    ['enqueue', source, '--out', out, '--chunk-size', '8', '--wait'],
    {
      env,
    },
  );
  const connection = redis.connect();
  while ((await connection.llen('labelmill:vgg-mini-fp32:active')) === 0);
  connection.disconnect();
  const engine = await descendant(frozen.pid, 'engine/main');
  for (const pid of [frozen.pid, engine.pid]) process.kill(pid, 'SIGSTOP');
  const thaw = delay(frozenMs);
  await using _other = new LabelmillProcess(['worker'], { env });
  expect((await producer.ended).status).toBe(3);
  await thaw;
  for (const pid of [engine.pid, frozen.pid]) process.kill(pid, 'SIGCONT');
  frozen.kill('SIGTERM');
  expect((await frozen.ended).status).toBe(0);
  const [run = ''] = await runFolders(out);
  const exact = { lost: 0, duplicated: 0, closed: true, ok: 400 - broken, errors: { undecodable: broken } };
  expect(await checkAccount(run, uris)).toEqual(exact);
}, 120_000);

it('a producer that wakes up after another has resumed its run leaves the listing alone', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  // Few outstanding chunks and no worker: the listing stands half-way.
  const env = { REDIS_URL: redis.url, LABELMILL_OUTSTANDING_CHUNKS: '4' };
  const photos = join(folder.path, 'photos');
  await mkdir(photos);
  const write = (name: string) => writeFile(join(photos, name), 'not read here');
  for (let n = 0; n < 400; n++) await write(`${String(n).padStart(4, '0')}.jpg`);
  const out = join(folder.path, 'runs');
  await using zombie = new LabelmillProcess(
    ['enqueue', photos, '--out', out, '--chunk-size', '4', '--wait'],
    {
      env,
    },
  );
  await zombie.says('on queue');
  const connection = redis.connect();
  while ((await connection.llen('labelmill:vgg-mini-fp32:wait')) < 4);
  connection.disconnect();
  zombie.kill('SIGSTOP');
  // What the zombie has not listed yet now comes out otherwise.
  for (let n = 0; n < 400; n++) await write(`${String(n).padStart(4, '0')}-b.jpg`);
  const [run = ''] = await runFolders(out);
  await using resumed = new LabelmillProcess(['resume', run, '--wait'], { env });
  await using worker = await GatedWorker.start('ok', env);
  await worker.labelling;
  zombie.kill('SIGCONT');
  worker.go();
  const ended = await zombie.ended;
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain('[superseded]');
  expect((await resumed.ended).status).toBe(0);
  expect((await labelmill(['verify', run])).status).toBe(0);
}, 120_000);
