/**
 * One run of the soak: a producer, workers and a Redis with an append-only file label a source into files or S3 while
 * they are killed as planned and started again; then the account is taken.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Ended, LabelmillProcess, labelmill } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { type AccountCheck, checkAccount } from './check-account.ts';
import type { Kill, RoundPlan, Victim } from './kill-plan.ts';
import { filesPlace, type SoakPlace } from './soak-place.ts';
import { type SoakCeph, s3Place } from './soak-s3.ts';
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

/** @param ceph for a round in S3 */
export async function soakRound(plan: RoundPlan, ceph?: SoakCeph): Promise<RoundResult> {
  const began = performance.now();
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const { realEngine, images } = plan;
  if (plan.s3 && ceph === undefined) throw new Error('a round in S3 needs one');
  const place = await (plan.s3 && ceph !== undefined
    ? s3Place(ceph, folder.path, realEngine, images)
    : filesPlace(folder.path, realEngine, images));
  const { source, uris, broken } = place;
  const env = {
    ...place.env,
    REDIS_URL: redis.url,
    LABELMILL_BATCH: '8',
    // Few, so that the listing lasts as long as the run and its producer has something to die of.
    LABELMILL_OUTSTANDING_CHUNKS: '64',
  };
  await using stack = new AsyncDisposableStack();
  const workers = Array.from({ length: plan.workers }, () =>
    stack.use(new WorkerProcess(plan.realEngine, env)),
  );
  const asked = ['enqueue', source, '--out', place.out, '--chunk-size', String(plan.chunkSize)];
  const producer = stack.use(new ProducerProcess(asked, place, env));
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
    if (victim === 's3') await place.kill(downMs);
    killed[victim] = (killed[victim] ?? 0) + 1;
  };
  const chunks = Math.ceil(plan.images / plan.chunkSize);
  for (const each of plan.kills) {
    while (producer.isRunning && (await partsIn(place)) < each.at * chunks) await delay(20);
    const { victims } = each;
    // A supervisor that dies takes its engine along: the engine goes first.
    if (victims.includes('engine')) await kill('engine', each);
    await Promise.all(victims.filter((victim) => victim !== 'engine').map((victim) => kill(victim, each)));
  }
  const ended = await producer.ended;
  const [run = ''] = await place.runs();
  const verified = await labelmill(['verify', run], { env });
  const connection = redis.connect();
  const failedJobs = await connection.zcard('labelmill:vgg-mini-fp32:failed');
  connection.disconnect();
  return {
    ...(await checkAccount(await place.onDisk(run), uris)),
    images: plan.images,
    killed,
    statuses: [ended.status, verified.status],
    broken,
    failedJobs,
    seconds: (performance.now() - began) / 1000,
  };
}

/** What a command says that finds Redis or S3 away when it starts. */
const beganInVain = /\[(redis_unreachable|s3_\w+|output_unwritable)\]/;

/** A producer that is followed by another whenever it dies: `resume` where it left a run, the same command otherwise. */
class ProducerProcess implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  isRunning = true;
  #process: LabelmillProcess | null = null;

  constructor(asked: readonly string[], place: SoakPlace, env: NodeJS.ProcessEnv) {
    this.ended = this.#untilEnd(asked, place, env).finally(() => {
      this.isRunning = false;
    });
  }

  /** False where none is running. */
  kill(): boolean {
    return this.isRunning && (this.#process?.child.kill('SIGKILL') ?? false);
  }

  async #untilEnd(asked: readonly string[], place: SoakPlace, env: NodeJS.ProcessEnv): Promise<Ended> {
    for (;;) {
      const [run] = await place.runs();
      this.#process = new LabelmillProcess([...(run === undefined ? asked : ['resume', run]), '--wait'], {
        env,
      });
      const ended = await this.#process.ended;
      if (ended.signal !== 'SIGKILL' && !beganInVain.test(ended.stderr)) return ended;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
  }
}

async function partsIn(place: SoakPlace): Promise<number> {
  const [run] = await place.runs();
  return run === undefined ? 0 : place.partsOf(run);
}
