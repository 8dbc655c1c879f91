/** `enqueue --finish-in`, and what the control API then answers KEDA. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { Serving } from '../parts/serve.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { findings } from './findings.ts';
import { kustomize, manifestsOf } from './kustomize.ts';

const photos = join(repository, 'examples/photos');

it('the control API says how many workers the queue needs, from the run and from what was measured', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: photos };
  const out = join(folder.path, 'runs');
  const enqueue = async (...args: string[]) => {
    const ended = await labelmill(['enqueue', photos, '--out', out, '--json', ...args], { env });
    expect(ended.status).toBe(0);
    return JSON.parse(ended.stdout);
  };
  await using serving = await Serving.start(out, { env });
  const scaling = () => serving.get('/api/scaling/vgg-mini-fp32');
  expect(await scaling()).toEqual({ workers: 0, imagesLeft: 0, imagesPerSecond: null });

  // Nothing is measured yet: one worker, which measures.
  const { images, run: first } = await enqueue('--finish-in', '1h');
  expect(await scaling()).toEqual({ workers: 1, imagesLeft: images, imagesPerSecond: null });
  await using worker = new LabelmillProcess(['worker'], { env });
  expect((await labelmill(['wait', first], { env })).status).toBe(0);
  worker.kill('SIGTERM');
  await worker.ended;

  const done = await scaling();
  expect(done).toMatchObject({ workers: 0, imagesLeft: 0 });
  expect(done.imagesPerSecond).toBeGreaterThan(0);
  // In a minute: images ÷ (images/s × 60 s), less what the call itself took.
  await enqueue('--finish-in', '60s');
  const { workers } = await scaling();
  expect(workers).toBeCloseTo(images / (done.imagesPerSecond * 60), 5);
  // A run without a time: the queue's length counts.
  await enqueue();
  expect(await scaling()).toMatchObject({ workers: 0, imagesLeft: 2 * images });

  const planned = await labelmill(
    ['plan', '--images', '1000000', '--finish-in', '2h', '--run', first, '--json'],
    { env },
  );
  const plan = JSON.parse(planned.stdout);
  expect(plan.imagesPerSecond).toBeCloseTo(done.imagesPerSecond, 10);
  expect(plan.replicas).toBe(Math.max(1, Math.ceil(1_000_000 / (done.imagesPerSecond * 7200))));
});

it('plan says replicas and GPU hours, and its patch makes a right overlay', async () => {
  const args = [
    'plan',
    '--images',
    '100000000',
    '--rate',
    '500',
    '--finish-in',
    '2h',
    '--model',
    'vgg16-fp16',
  ];
  const { stdout, status } = await labelmill(args);
  expect(status).toBe(0);
  // 100 M in 7,200 s are 13,888.9 a second: 27.8 workers of 500; 100 M ÷ 500 ÷ 3,600 = 55.6 hours.
  expect(stdout).toMatch(/^28 workers of 500 images\/s .*: 55\.6$/m);

  // Beside the repository's own, because a patch is for a folder that takes the overlay in.
  const overlay = await mkdtemp(join(repository, 'k8s/overlays/.plan-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(overlay, { recursive: true }));
  const patch = stdout.slice(stdout.indexOf('patches:'));
  const head = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../gpu]\n';
  await writeFile(join(overlay, 'kustomization.yaml'), `${head}${patch}`);
  const manifests = manifestsOf(await kustomize(overlay));
  expect(await findings(manifests)).toEqual([]);
  expect(manifests.find(({ kind }) => kind === 'ScaledObject')?.spec.maxReplicaCount).toBe(28);
});

it('the patch of plan names the queue that a model without a precision means', async () => {
  const { stdout } = await labelmill(['plan', '--images', '10', '--rate', '5', '--finish-in', '1h']);
  expect(stdout).toContain('labelSelector: labelmill.io/bundle=vgg-mini-fp32 }');
});

it('plan without a speed, and with a time that is none, is one line', async () => {
  const noRate = await labelmill(['plan', '--images', '10', '--finish-in', '1h']);
  expect(noRate.status).toBe(2);
  expect(noRate.stderr).toMatch(/^labelmill: how fast is one worker\?.* \[no_rate\]\n$/);
  const noTime = await labelmill(['plan', '--images', '10', '--finish-in', 'soon', '--rate', '5']);
  expect(noTime.status).toBe(2);
  expect(noTime.stderr).toContain('a time such as 2h');
});
