/** What labelmill is compared with: the same photos, the same ONNX file, in turn. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import type { BenchBundle } from '../bundles.ts';
import { runProgram, runScript } from '../child.ts';
import { bareTorchLoop } from '../torch-loop.ts';
import { peersPython } from './python-peers.ts';

/** What one run of a peer gave. */
export interface PeerRun {
  /** From its model being ready to its last image. */
  readonly imagesPerSecond: number;
  /** From its command to its end, start-up included; null for a bare loop, which labels no photos. */
  readonly wallSeconds: number | null;
}

export interface Comparison {
  readonly name: string;
  readonly peer: string;
  readonly bundle: BenchBundle;
  /** How many photos: `job` for the whole job as a user waits for it, `steady` for a longer one. */
  readonly size: 'job' | 'steady';
  /** What the ratios must reach, where there is a bar. */
  readonly bars: { readonly wholeJob?: number; readonly steadyState?: number };
  readonly run: (bundle: Bundle, photos: readonly string[]) => Promise<PeerRun>;
}

/** Each setting of PyTorch's grid runs for this long. */
const torchSeconds = 4;

export const comparisons: readonly Comparison[] = [
  {
    name: 'ray-int8',
    peer: 'Ray Data',
    bundle: 'vgg16-int8',
    size: 'job',
    bars: { wholeJob: 1.5 },
    run: rayJob,
  },
  {
    name: 'ray-int8-steady',
    peer: 'Ray Data',
    bundle: 'vgg16-int8',
    size: 'steady',
    bars: { steadyState: 1.05 },
    run: rayJob,
  },
  { name: 'ray-fp32', peer: 'Ray Data', bundle: 'vgg16-fp32', size: 'job', bars: {}, run: rayJob },
  {
    name: 'torch-bf16',
    peer: 'PyTorch bf16, bare loop',
    bundle: 'vgg16-int8',
    size: 'job',
    bars: { steadyState: 4 },
    run: () => torchLoop('bf16'),
  },
  {
    name: 'torch-fp32',
    peer: 'PyTorch fp32, bare loop',
    bundle: 'vgg16-fp32',
    size: 'job',
    bars: {},
    run: () => torchLoop('fp32'),
  },
  {
    name: 'node-loop',
    peer: 'plain loop in Node',
    bundle: 'vgg16-int8',
    size: 'job',
    bars: {},
    run: plainLoop,
  },
];

function rayJob(bundle: Bundle, photos: readonly string[]): Promise<PeerRun> {
  return timed(photos, async (out, input) =>
    runProgram(
      await peersPython(),
      [fileURLToPath(new URL('./ray_job.py', import.meta.url)), graphOf(bundle), out],
      {
        input,
        // Its usage report would wait for a network.
        env: { RAY_USAGE_STATS_ENABLED: '0' },
      },
    ),
  );
}

function plainLoop(bundle: Bundle, photos: readonly string[]): Promise<PeerRun> {
  return timed(photos, (out, input) =>
    runScript(new URL('./plain-loop.ts', import.meta.url), [graphOf(bundle), join(out, 'results.json')], {
      input,
    }),
  );
}

async function torchLoop(precision: 'fp32' | 'bf16'): Promise<PeerRun> {
  const { imagesPerSecond } = await bareTorchLoop(await peersPython(), 'cpu', precision, torchSeconds);
  return { imagesPerSecond, wallSeconds: null };
}

async function timed(
  photos: readonly string[],
  job: (out: string, input: string) => Promise<string>,
): Promise<PeerRun> {
  const out = await mkdtemp(join(tmpdir(), 'lm-peer-'));
  try {
    const began = performance.now();
    const printed = await job(out, photos.join('\n'));
    return { imagesPerSecond: rateIn(printed), wallSeconds: (performance.now() - began) / 1000 };
  } finally {
    await rm(out, { recursive: true });
  }
}

/** The last line is the peer's JSON; libraries print what they like before it. */
function rateIn(printed: string): number {
  return (JSON.parse(printed.split('\n').at(-1)!) as PeerRun).imagesPerSecond;
}

function graphOf({ folder, manifest }: Bundle): string {
  return join(folder, labelsGraph(manifest)!.file);
}
