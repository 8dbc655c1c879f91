/**
 * What a GPU gives: bare sessions, agreement with the CPU, proof of where every node ran, files to labels, and PyTorch.
 *
 *   node gpu/main.ts [--provider cuda] [--model vgg16] [--batches 32,64,128,256] [--seconds 3]
 *                    [--photos FOLDER] [--images 2000] [--models FOLDER] [--python python3] [--json]
 *
 * Needs no network. run.sh of a pack (pack.ts) calls it with the libraries on the path. --provider cpu tries the bench
 * itself on a machine without a GPU. Photos are repeated until there are as many as asked for. Writes bench/out/gpu.json,
 * or with --json only prints it.
 */
import { execFile } from 'node:child_process';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import { providers } from '@labelmill/worker/engine/protocol';
import { bareDecode } from '../bare-decode.ts';
import { photoFiles } from '../photo-files.ts';
import { type WrittenReport, writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { bareTorchLoop } from '../torch-loop.ts';
import { type EngineRun, runEngine } from './engine-run.ts';
import { gpuReport } from './gpu-report.ts';
import { checkGraphs } from './graph-checks.ts';
import { bothPrecisions } from './models.ts';
import { fastest, type GridPoint, sessionGrid } from './session-grid.ts';

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'cuda' },
    model: { type: 'string', default: 'vgg16' },
    batches: { type: 'string', default: '32,64,128,256' },
    seconds: { type: 'string', default: '3' },
    photos: { type: 'string', default: fileURLToPath(new URL('../../examples/photos', import.meta.url)) },
    images: { type: 'string', default: '2000' },
    models: { type: 'string', default: join(tmpdir(), 'labelmill-gpu-models') },
    python: { type: 'string', default: 'python3' },
    json: { type: 'boolean', default: false },
  },
});
const say = (line: string) => void process.stderr.write(`${line}\n`);

await runBench(async () => {
  const provider = providers.find((name) => name === values.provider);
  if (provider === undefined) throw new UsageError('unknown_provider', `--provider is cuda or cpu`);
  const batches = values.batches.split(',').map(Number);
  const seconds = Number(values.seconds);
  const some = await photoFiles(values.photos);
  if (some.length === 0) throw new UsageError('too_few_photos', `${values.photos} has no photos`);
  const photos = Array.from({ length: Number(values.images) }, (_, n) => some[n % some.length]!);
  const gpu = provider === 'cuda' ? await gpuName() : 'none: the bench itself is tried on the CPU';
  say(`GPU: ${gpu}`);
  const bundles = await bothPrecisions(values.model, values.models);

  const points: GridPoint[] = [];
  for (const bundle of bundles) {
    for await (const point of sessionGrid(bundle, { provider, batches, seconds })) {
      const { layout, batch, sessions, imagesPerSecond, failure } = point;
      say(`${bundle.name} ${layout} batch ${batch} × ${sessions}: ${imagesPerSecond?.toFixed(0) ?? failure}`);
      points.push(point);
    }
  }
  const checks = await checkGraphs(bundles, provider, batches[0]!, some.slice(0, 64));
  say('graphs checked');
  const runs: (EngineRun & { bundle: string; limit: number | null })[] = [];
  const cores = availableParallelism();
  const decodeMs = await bareDecode(bundles[0]!.manifest.preprocessing, photos, 2 * cores);
  for (const bundle of bundles) {
    const run = await runEngine(bundle, provider, cores, photos, process.env);
    const best = fastest(points.filter((point) => point.bundle === bundle.name))?.imagesPerSecond ?? null;
    // On a GPU decoding and inference overlap; on the CPU they share the cores, and this is no limit to measure against.
    const limit = best === null || provider === 'cpu' ? null : Math.min(best, 1000 / decodeMs);
    say(`${bundle.name} from files: ${run.imagesPerSecond.toFixed(0)} images/s`);
    runs.push({ ...run, bundle: bundle.name, limit });
  }
  const torch =
    provider === 'cuda'
      ? await bareTorchLoop(values.python, 'cuda', 'fp16', seconds).catch((error) => messageOf(error))
      : 'not asked on the CPU';
  const report = gpuReport({
    gpu,
    provider,
    model: values.model,
    points,
    checks,
    runs,
    torch,
    decodeMs,
    cores,
  });
  if (values.json) console.log(JSON.stringify(report satisfies Omit<WrittenReport, 'machine' | 'measured'>));
  else await writeReport(provider === 'cuda' ? 'gpu' : 'gpu-on-cpu', report);
});

/** @throws UsageError `no_gpu` */
async function gpuName(): Promise<string> {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query).catch((cause) => {
    throw new UsageError(
      'no_gpu',
      'nvidia-smi finds no GPU here; --provider cpu tries the bench without one',
      {
        cause,
      },
    );
  });
  return stdout.trim().split('\n')[0]!;
}
