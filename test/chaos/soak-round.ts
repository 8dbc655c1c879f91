/**
 * One run of the soak: a producer, workers and a Redis with an append-only file label a source into files while they are
 * killed as planned and started again; then the account is taken.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ended, LabelmillProcess, labelmill } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { type AccountCheck, checkAccount } from './check-account.ts';
import type { Kill, RoundPlan, Victim } from './kill-plan.ts';
import { writePhotos, writeUris } from './soak-source.ts';
import { WorkerProcess } from './worker-process.ts';

export interface RoundResult extends AccountCheck {
  readonly images: number;
  /** Processes that were killed; a producer that had ended already is not counted. */
  readonly killed: Readonly<Partial<Record<Victim, number>>>;
  /** Exit statuses of the producer that saw the end, and of `verify`: both 0 or 3, as there are error records or not. */
  readonly statuses: readonly (number | null)[];
  /** Of the images, those that no decoder can read. */
  readonly broken: number;
  /** Jobs that BullMQ gave up. */
  readonly failedJobs: number;
  readonly seconds: number;
}

export async function soakRound(plan: RoundPlan): Promise<RoundResult> {
  const began = performance.now();
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const out = join(folder.path, 'runs');
  const env = {
    REDIS_URL: redis.url,
    LABELMILL_FILE_ROOTS: folder.path,
    LABELMILL_BATCH: '8',
    // Few, so that the listing lasts as long as the run and its producer has something to die of.
    LABELMILL_OUTSTANDING_CHUNKS: '64',
  };
  const { source, uris, broken } = await (plan.realEngine ? writePhotos : writeUris)(
    folder.path,
    plan.images,
  );
  await using stack = new AsyncDisposableStack();
  const workers = Array.from({ length: plan.workers }, () =>
    stack.use(new WorkerProcess(plan.realEngine, env)),
  );
  const asked = ['enqueue', source, '--out', out, '--chunk-size', String(plan.chunkSize)];
  const producer = stack.use(new ProducerProcess(asked, out, env));
  const killed: Partial<Record<Victim, number>> = {};

  const kill = async (victim: Victim, { worker, downMs }: Kill) => {
    if (victim === 'producer' && !producer.kill()) return;
    if (victim === 'supervisor') workers[worker]?.kill();
    if (victim === 'engine') await workers[worker]?.killEngine();
    if (victim === 'redis') {
      await redis.kill();
      await delay(downMs);
      await redis.restart();
    }
    killed[victim] = (killed[victim] ?? 0) + 1;
  };
  const chunks = Math.ceil(plan.images / plan.chunkSize);
  for (const each of plan.kills) {
    while (producer.isRunning && (await partsIn(out)) < each.at * chunks) await delay(20);
    const { victims } = each;
    // A supervisor that dies takes its engine along: the engine goes first.
    if (victims.includes('engine')) await kill('engine', each);
    await Promise.all(victims.filter((victim) => victim !== 'engine').map((victim) => kill(victim, each)));
  }
  const ended = await producer.ended;
  const [run = ''] = await runsIn(out);
  const verified = await labelmill(['verify', run]);
  const connection = redis.connect();
  const failedJobs = await connection.zcard('labelmill:vgg-mini-fp32:failed');
  connection.disconnect();
  return {
    ...(await checkAccount(run, uris)),
    images: plan.images,
    killed,
    statuses: [ended.status, verified.status],
    broken,
    failedJobs,
    seconds: (performance.now() - began) / 1000,
  };
}

/** A producer that is followed by another whenever it dies: `resume` where it left a run, the same command otherwise. */
class ProducerProcess implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  isRunning = true;
  #process: LabelmillProcess | null = null;

  constructor(asked: readonly string[], out: string, env: NodeJS.ProcessEnv) {
    this.ended = this.#untilEnd(asked, out, env).finally(() => {
      this.isRunning = false;
    });
  }

  /** False where none is running. */
  kill(): boolean {
    return this.isRunning && (this.#process?.child.kill('SIGKILL') ?? false);
  }

  async #untilEnd(asked: readonly string[], out: string, env: NodeJS.ProcessEnv): Promise<Ended> {
    for (;;) {
      const [run] = await runsIn(out);
      this.#process = new LabelmillProcess([...(run === undefined ? asked : ['resume', run]), '--wait'], {
        env,
      });
      const ended = await this.#process.ended;
      if (ended.signal !== 'SIGKILL' && !ended.stderr.includes('[redis_unreachable]')) return ended;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
  }
}

/** Runs that got as far as a run.json. */
async function runsIn(out: string): Promise<string[]> {
  const found: string[] = [];
  for (const run of await runFolders(out)) {
    const begun = await stat(join(run, 'run.json')).catch(() => null);
    if (begun !== null) found.push(run);
  }
  return found;
}

async function partsIn(out: string): Promise<number> {
  const [run] = await runsIn(out);
  if (run === undefined) return 0;
  const names = await readdir(join(run, 'labels')).catch(() => []);
  return names.filter((name) => name.startsWith('part-')).length;
}
