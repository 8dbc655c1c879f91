/** `--emit features`: what the last hidden layer says of each image, beside or instead of its labels. */
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Quantization } from '@labelmill/models/quantize/quantization-schema';
import { readBundle } from '@labelmill/models/read-bundle';
import { createLogger } from '@labelmill/shared/logging';
import { verifyRun } from '@labelmill/shared/run/verify';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { Supervisor } from '@labelmill/worker/supervisor/supervisor';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { miniEngineConfig } from '../engine/mini-engine.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { featureRows, records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

/** Each test is several whole commands. */
vi.setConfig({ testTimeout: 180_000 });

const photos = join(repository, 'examples/photos');
const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg')).sort();

/** 40 photos: two local chunks, of 32 and 8. */
async function twoChunks(folder: string): Promise<string> {
  const source = join(folder, 'photos');
  await mkdir(source, { recursive: true });
  for (let n = 0; n < 40; n++) {
    const photo = join(photos, names[n % names.length] ?? '');
    await cp(photo, join(source, `${String(n).padStart(3, '0')}.jpg`));
  }
  return source;
}

const miniBundle = join(repository, 'packages/models/bundles/vgg-mini-fp32');

/** The report of a quantising, as model.json keeps it; its figures do not matter here. */
const quantizedFrom = (from: { name: string; digest: string }): Quantization => ({
  from,
  weightBits: 8,
  clipping: 'min-max',
  floatLayers: [],
  calibrationImages: 1,
  choosingImages: 1,
  agreement: { images: 1, top1: 1, top5: 1, meanDelta: 0, worstDelta: 0 },
  imagesPerSecond: { fp32: 1, int8: 1 },
  weightBytes: { fp32: 1, int8: 1 },
});

const counted = (count: number) => Array.from({ length: count }, (_, n) => n);
const indices = async (run: string) =>
  (await featureRows(run)).map(({ index }) => Number(index)).sort((a, b) => a - b);

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('--emit', () => {
  it('labels,features writes both, and the labels are those of a run without features', async () => {
    await using folder = await temporaryFolder();
    const label = async (...emit: string[]) => {
      const ended = await labelmill(['label', photos, '--out', folder.path, '--json', ...emit]);
      expect(ended.status).toBe(0);
      return fileURLToPath(JSON.parse(ended.stdout).folder);
    };
    const both = await label('--emit', 'labels,features');
    // Another request: it does not count as the same source labelled before.
    const alone = await label();
    expect(await records(both)).toEqual(await records(alone));
    expect(await readdir(alone)).not.toContain('features');

    const found = await records(both);
    const rows = await featureRows(both);
    expect(rows.map(({ index, uri, version }) => [Number(index), uri, version])).toEqual(
      found.map(({ index, uri, version }) => [index, uri, version]),
    );
    // vgg-mini's FC2 is 512 wide, and behind a ReLU.
    for (const { features } of rows) {
      expect(features).toHaveLength(512);
      expect(features.every((value) => value >= 0)).toBe(true);
    }
    expect((await labelmill(['verify', both])).status).toBe(0);
  });

  it('features writes records without labels, and closes the same account', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'photos');
    await mkdir(source);
    await cp(join(photos, 'cat.jpg'), join(source, 'a.jpg'));
    await writeFile(join(source, 'b.jpg'), 'no image');
    await cp(join(photos, 'fig.jpg'), join(source, 'c.jpg'));
    // A quantised twin, which a CPU with VNNI prefers for labels; it gives no features.
    const mini = JSON.parse(await readFile(join(miniBundle, 'model.json'), 'utf8'));
    const from = { name: 'vgg-mini-fp32', digest: (await readBundle(miniBundle)).digest };
    await mkdir(join(folder.path, 'models/vgg-mini-int8'), { recursive: true });
    await writeFile(
      join(folder.path, 'models/vgg-mini-int8/model.json'),
      JSON.stringify({ ...mini, precision: 'int8', quantization: quantizedFrom(from) }),
    );
    const command = ['label', source, '--out', join(folder.path, 'runs'), '--emit', 'features'];
    const ended = await labelmill(command, { env: { LABELMILL_MODELS: join(folder.path, 'models') } });
    expect(ended.status).toBe(3);
    expect(ended.stdout).toContain('vgg-mini-fp32');
    const [run = ''] = await runFolders(join(folder.path, 'runs'));
    expect(ended.stdout).toContain(`features: ${run}/features/`);
    expect((await records(run)).map((record) => (record.status === 'ok' ? record.labels : null))).toEqual([
      [],
      null,
      [],
    ]);
    expect(await indices(run)).toEqual([0, 2]);
    expect((await labelmill(['verify', run])).status).toBe(3);
  });

  it('features puts two crops of a photo nearer to each other than to crops of others', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'crops');
    await mkdir(source);
    for (const name of ['cat.jpg', 'coffee.jpg', 'rocket.jpg', 'temple.jpg', 'flower.jpg']) {
      const image = sharp(join(photos, name));
      const { width, height } = await image.metadata();
      const size = { width: Math.round(width * 0.93), height: Math.round(height * 0.93) };
      const corners = [
        { left: 0, top: 0 },
        { left: width - size.width, top: height - size.height },
      ];
      for (const [n, corner] of corners.entries()) {
        await image
          .clone()
          .extract({ ...corner, ...size })
          .toFile(join(source, `${name}-${n}.png`));
      }
    }
    const out = join(folder.path, 'runs');
    expect((await labelmill(['label', source, '--out', out, '--emit', 'features'])).status).toBe(0);
    const [run = ''] = await runFolders(out);
    const rows = await featureRows(run);
    const photoOf = (uri: string) => uri.slice(uri.lastIndexOf('/') + 1).split('-')[0];
    for (const one of rows) {
      const others = rows.filter(({ index }) => index !== one.index);
      const nearest = others.reduce((best, other) =>
        cosine(one.features, other.features) > cosine(one.features, best.features) ? other : best,
      );
      expect(photoOf(nearest.uri)).toBe(photoOf(one.uri));
    }
  });
});

describe('a features run', () => {
  it('killed between features and part goes on with the records that its features file settled', async () => {
    await using folder = await temporaryFolder();
    const source = await twoChunks(folder.path);
    const out = join(folder.path, 'runs');
    const command = ['label', source, '--out', out, '--emit', 'labels,features', '--json'];
    const killed = await labelmill(command, { env: { LABELMILL_CRASH_AT: 'features-created' } });
    expect(killed.signal).toBe('SIGKILL');
    const [run = ''] = await runFolders(out);
    // The other chunk's file may have been on its way.
    const files = await readdir(join(run, 'features'));
    const file = files.find((name) => name.startsWith('part-')) ?? '';
    const before = await readFile(join(run, 'features', file));
    // Were the chunk labelled again, this image would become an error record.
    const first = file === 'part-00000000.parquet' ? '003.jpg' : '035.jpg';
    await rm(join(source, first));
    const { status, stdout } = await labelmill(command);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ listed: 40, ok: 40, error: 0 });
    expect(await readFile(join(run, 'features', file))).toEqual(before);
    expect(await indices(run)).toEqual(counted(40));
    expect((await records(run)).map(({ index }) => index)).toEqual(counted(40));
    expect((await labelmill(['verify', run])).status).toBe(0);
  });

  it('that is retried gets the features of what the retry made ok, also when that is killed', async () => {
    await using folder = await temporaryFolder();
    const source = await twoChunks(folder.path);
    await writeFile(join(source, '005.jpg'), 'no image');
    const out = join(folder.path, 'runs');
    expect((await labelmill(['label', source, '--out', out, '--emit', 'labels,features'])).status).toBe(3);
    const [run = ''] = await runFolders(out);
    expect(await indices(run)).toEqual(counted(40).filter((index) => index !== 5));

    await cp(join(photos, 'cat.jpg'), join(source, '005.jpg'));
    const retry = ['retry', run, '--errors', 'all'];
    const killed = await labelmill(retry, { env: { LABELMILL_CRASH_AT: 'features-created' } });
    expect(killed.signal).toBe('SIGKILL');
    expect((await labelmill(['resume', run])).status).toBe(0);
    expect((await readdir(join(run, 'features'))).sort()).toEqual([
      'part-00000000-retry-00000001.parquet',
      'part-00000000.parquet',
      'part-00000001.parquet',
    ]);
    expect(await indices(run)).toEqual(counted(40));
    expect((await records(run)).every(({ status }) => status === 'ok')).toBe(true);
    expect((await labelmill(['verify', run])).status).toBe(0);
  });

  it('is found out by verify where features are missing, wrong, damaged or of no chunk', async () => {
    await using folder = await temporaryFolder();
    const source = await twoChunks(folder.path);
    const out = join(folder.path, 'runs');
    expect((await labelmill(['label', source, '--out', out, '--emit', 'features'])).status).toBe(0);
    const [run = ''] = await runFolders(out);
    const file = (seq: number) => join(run, `features/part-0000000${seq}.parquet`);
    await using stores = openOperatorStores(storeConfigSchema.parse({}));
    const uri = `${pathToFileURL(run).href}/`;
    const verify = async (): Promise<string[]> =>
      (await verifyRun(stores, uri)).differences.map(({ code }) => code);
    expect(await verify()).toEqual([]);
    // The part says that another version of an image was read than the features are of.
    const part = join(run, 'labels/part-00000000.jsonl');
    const lines = await readFile(part, 'utf8');
    await writeFile(part, lines.replace(/"version":"\d+-/, '"version":"1-'));
    expect(await verify()).toEqual(['wrong_features']);
    await writeFile(part, lines);
    await cp(file(1), file(7));
    expect(await verify()).toEqual(['extra_features']);
    await rename(file(7), file(0));
    expect(await verify()).toEqual(['wrong_features']);
    await writeFile(file(0), 'PAR1');
    expect(await verify()).toEqual(['broken_features']);
    await rm(file(0));
    expect(await verify()).toEqual(['missing_features']);
    expect((await labelmill(['verify', run])).status).toBe(1);
  });

  it('shares a queue with one of labels alone, and a worker killed on the way costs neither', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
    const source = await twoChunks(folder.path);
    const enqueue = (out: string, emit: string) =>
      labelmill(
        ['enqueue', source, '--out', join(folder.path, out), '--chunk-size', '8', '--emit', emit, '--json'],
        { env },
      );
    const both = JSON.parse((await enqueue('both', 'labels,features')).stdout).run;
    const alone = JSON.parse((await enqueue('alone', 'labels')).stdout).run;
    await using dying = new LabelmillProcess(['worker'], {
      env: { ...env, LABELMILL_CRASH_AT: 'features-created:2' },
    });
    expect((await dying.ended).signal).toBe('SIGKILL');
    await using _worker = new LabelmillProcess(['worker'], { env });
    for (const run of [both, alone]) expect((await labelmill(['wait', run], { env })).status).toBe(0);
    expect(await indices(join(folder.path, 'both', both))).toEqual(counted(40));
    expect(await readdir(join(folder.path, 'alone', alone))).not.toContain('features');
    expect((await labelmill(['verify', both, '--out', join(folder.path, 'both')])).status).toBe(0);
  });
});

it('a worker whose graph gives no features leaves such a run to others, and says why', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: photos };
  const out = join(folder.path, 'runs');
  const enqueue = ['enqueue', photos, '--out', out, '--emit', 'features', '--json'];
  const { run } = JSON.parse((await labelmill(enqueue, { env })).stdout);
  // As on CUDA in fp16, where labels alone have a faster graph.
  const engine = await miniEngineConfig();
  expect(engine.bundle.graph).toBe('model.onnx');
  const said = Promise.withResolvers<string>();
  const write = (line: string) => line.includes('no_features') && said.resolve(line);
  const log = createLogger({ name: 'worker', level: 'info' }, { write });
  await using _supervisor = await Supervisor.start({
    bundle: await readBundle(miniBundle),
    engine,
    env: process.env,
    redisUrl: redis.url,
    stores,
    bounds: { silenceMs: 60_000, memoryBytes: 8e9 },
    log,
  });
  expect(JSON.parse(await said.promise)).toMatchObject({ reason: 'no_features', run, chunk: 0 });
  await using _other = new LabelmillProcess(['worker'], { env });
  await _supervisor.drain(0);
  expect((await labelmill(['wait', run], { env })).status).toBe(0);
  expect(await indices(join(out, run))).toEqual(counted(15));
});

describe('labelmill refuses', () => {
  it('features of a bundle that gives none, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const bundle = join(folder.path, 'models/vgg-mini-fp32');
    await cp(miniBundle, bundle, { recursive: true });
    const manifest = JSON.parse(await readFile(join(bundle, 'model.json'), 'utf8'));
    manifest.graphs = manifest.graphs.filter(({ kind }: { kind: string }) => kind !== 'features');
    await writeFile(join(bundle, 'model.json'), JSON.stringify(manifest));
    const out = join(folder.path, 'runs');
    const ended = await labelmill(['label', photos, '--model', bundle, '--out', out, '--emit', 'features']);
    expect(ended.status).toBe(2);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain('[no_features]');
    expect(await readdir(folder.path)).toEqual(['models']);
  });

  it('chunks whose features a worker could not hold', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url };
    const out = join(folder.path, 'runs');
    const enqueue = ['enqueue', photos, '--out', out, '--chunk-size', '4097'];
    const ended = await labelmill([...enqueue, '--emit', 'features'], { env });
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('[chunk_too_large]');
    expect(await readdir(folder.path)).toEqual([]);
    expect((await labelmill(enqueue, { env })).status).toBe(0);
  });

  it('to write what it does not know', async () => {
    const ended = await labelmill(['label', photos, '--emit', 'labels,masks']);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('labels, features or labels,features');
  });
});
