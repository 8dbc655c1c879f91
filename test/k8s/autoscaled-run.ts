/** A run through the simulated cluster, from no worker to many and back to none, and what must hold of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { Serving } from '../parts/serve.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { manifestsForBundle } from './another-bundle.ts';
import { SimulatedCluster, timeline } from './simulated-cluster.ts';

export interface AutoscaledRun {
  readonly images: number;
  readonly chunkSize: number;
  readonly mostWorkers: number;
  /** Arguments of `enqueue` besides. */
  readonly args?: readonly string[];
}

const photos = join(repository, 'examples/photos');
const names = ['cat', 'coffee', 'mountain', 'rocket', 'temple'];

export interface Autoscaled {
  readonly mostWorkers: number;
  /** Pods that were stopped while there was work. */
  readonly busyStops: number;
  /** Replicas over time. */
  readonly shown: string;
}

export async function autoscaledRun({
  images,
  chunkSize,
  mostWorkers,
  args = [],
}: AutoscaledRun): Promise<Autoscaled> {
  await using folder = await temporaryFolder();
  await using server = await TestRedis.start();
  const source = join(folder.path, 'photos.txt');
  const uris = Array.from({ length: images }, (_, at) => join(photos, `${names[at % names.length]}.jpg`));
  await writeFile(source, `${uris.join('\n')}\n`);
  const out = join(folder.path, 'runs');
  const env = { REDIS_URL: server.url, LABELMILL_FILE_ROOTS: photos };
  const manifests = await manifestsForBundle('vgg-mini-fp32');
  const scaler = manifests.find(({ kind }) => kind === 'ScaledObject');
  scaler?.spec && Object.assign(scaler.spec, { maxReplicaCount: mostWorkers });

  await using serving = await Serving.start(out, { env });
  const redis = server.connect();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => redis.disconnect());
  const askFinish = async (path: string): Promise<number> => (await serving.get(path)).workers;
  const here = { ...env, LABELMILL_PROVIDER: 'cpu', LABELMILL_MODELS: join(repository, 'no-models') };
  await using cluster = new SimulatedCluster(manifests, redis, here, askFinish);

  let run: { listed: number; ok: number; error: number; folder: string } | undefined;
  const command = [
    'enqueue',
    source,
    '--out',
    out,
    '--chunk-size',
    String(chunkSize),
    '--wait',
    '--json',
    ...args,
  ];
  await using enqueue = new LabelmillProcess(command, { env });
  void enqueue.ended.then(({ stdout }) => {
    run = JSON.parse(stdout);
  });
  await cluster.until(() => run !== undefined && cluster.replicas === 0);

  const { looks, stopped, graceSeconds } = cluster;
  const shown = timeline(looks);
  // From none, and back.
  expect(looks[0]?.replicas, shown).toBe(0);
  expect(looks.at(-1)?.replicas, shown).toBe(0);
  // Nothing lost, nothing twice.
  expect(run).toMatchObject({ listed: images, ok: images, error: 0 });
  expect((await labelmill(['verify', run?.folder ?? '', '--json'])).status).toBe(0);
  // Every pod ended by itself, within its grace.
  for (const { status, seconds } of stopped) {
    expect(status).toBe(0);
    expect(seconds).toBeLessThan(graceSeconds);
  }
  const busy = stopped.filter(({ wasBusy }) => wasBusy).length;
  const slowest = Math.max(...stopped.map(({ seconds }) => seconds));
  return {
    mostWorkers: Math.max(...looks.map(({ replicas }) => replicas)),
    busyStops: busy,
    shown: `${shown}\n${stopped.length} pods stopped, ${busy} while there was work; the slowest took ${slowest.toFixed(1)} of ${graceSeconds} s`,
  };
}
