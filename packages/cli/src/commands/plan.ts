import { resolveBundle } from '@labelmill/models/find-bundle';
import { UsageError } from '@labelmill/shared/errors';
import { measuredRate } from '@labelmill/shared/scaling/measured-rate';
import { workersInTime } from '@labelmill/shared/scaling/workers-in-time';
import type { CommandContext } from './context.ts';
import { accountOf } from './status.ts';
import { withLedger } from './with-ledger.ts';

export interface PlanOptions {
  readonly images: number;
  readonly finishIn: number;
  /** Images/s of one worker. */
  readonly rate?: number;
  /** A run to read that from. */
  readonly run?: string;
  readonly model: string;
  readonly redis?: string;
  readonly json?: boolean;
}

export interface FleetPlan {
  readonly replicas: number;
  /** Hours of one worker each, and so of one GPU where it has one. Starting and waiting to be taken away come on top. */
  readonly workerHours: number;
  /** So many must a producer keep on the queue, or the autoscaler never asks for all of the workers. */
  readonly outstandingChunks: number;
}

/** Of k8s/components/keda: chunks on the queue for each worker that the autoscaler asks for. */
const chunksPerWorker = 20;

/** The default of LABELMILL_OUTSTANDING_CHUNKS. */
const leastOutstandingChunks = 1000;

/** `labelmill plan`: how many workers end a run in time, what they cost, and what to write into the manifests. */
export async function plan(options: PlanOptions, context: CommandContext): Promise<void> {
  const { console } = context;
  const rate = options.rate ?? (await rateOf(options, context));
  const fleet = planFleet(options.images, options.finishIn, rate);
  if (options.json) {
    console.out(JSON.stringify({ ...fleet, imagesPerSecond: rate }));
    return;
  }
  const { replicas, workerHours } = fleet;
  console.out(
    `${replicas} workers of ${Number(rate.toFixed(1))} images/s label ${options.images} images in time; GPU hours (one GPU a worker): ${workerHours.toFixed(1)}`,
  );
  for (const line of patchLines(await bundleNamed(options.model, context), fleet)) console.out(line);
}

/** The bundle that a name such as `vgg-mini` means; where it is not on this machine, it is a bundle's own. */
async function bundleNamed(model: string, { settings }: CommandContext): Promise<string> {
  return resolveBundle(model, settings.modelFolders).then(
    ({ name }) => name,
    () => model,
  );
}

/**
 * @param images to label
 * @param seconds in which they should be
 * @param imagesPerSecond of one worker
 */
export function planFleet(images: number, seconds: number, imagesPerSecond: number): FleetPlan {
  const run = { imagesLeft: images, finishByMs: 1000 * seconds, imagesPerSecond };
  const replicas = Math.max(1, Math.ceil(workersInTime([run], 0) ?? 0));
  return {
    replicas,
    workerHours: images / imagesPerSecond / 3600,
    outstandingChunks: Math.max(leastOutstandingChunks, replicas * chunksPerWorker),
  };
}

/** For the kustomization.yaml of an overlay over another: one that has these lists takes their entries. */
function patchLines(bundle: string, { replicas, outstandingChunks }: FleetPlan): string[] {
  return [
    '# For the kustomization.yaml of your overlay; where it has such a list already, the entry goes into that:',
    'patches:',
    `  - target: { kind: ScaledObject, labelSelector: labelmill.io/bundle=${bundle} }`,
    '    patch: |',
    `      - { op: replace, path: /spec/maxReplicaCount, value: ${replicas} }`,
    'configMapGenerator:',
    '  - name: labelmill',
    '    behavior: merge',
    `    literals: [LABELMILL_OUTSTANDING_CHUNKS=${outstandingChunks}]`,
  ];
}

/** @throws UsageError `no_rate` · `unknown_run` · `not_measured` */
async function rateOf(options: PlanOptions, context: CommandContext): Promise<number> {
  const { run } = options;
  if (run === undefined) {
    throw new UsageError(
      'no_rate',
      'how fast is one worker? --rate says it in images/s, --run reads it from a run that Redis knows',
    );
  }
  const { stages } = await withLedger(options, context, (ledger) => accountOf(ledger, run));
  const rate = measuredRate(stages);
  if (rate === null) throw new UsageError('not_measured', `no worker has committed a chunk of ${run} yet`);
  return rate;
}
