import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileStore } from '@labelmill/shared/store/file-store';
import { Agent, type Dispatcher } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reference, side } from '../../test/float64-vgg.ts';
import { foreignClassifier, onnxBytes, value } from '../../test/foreign-classifier.ts';
import { publishedAs, thinArchitecture, thinWeights } from '../../test/published-fake.ts';
import { quieten, randomLayers, thin, writeWeights } from '../../test/random-weights.ts';
import { runGraph, somePixels, worstError } from '../../test/run-graph.ts';
import { cut, serve, status, WeightsServer } from '../../test/weights-server.ts';
import { openGraph } from '../adopt/onnxruntime-graph.ts';
import { initVggBundle } from '../init-bundle.ts';
import { labelsGraph } from '../labels-graph.ts';
import { verifyBundleFiles } from '../read-bundle.ts';
import { httpSource } from './http-source.ts';
import { publishedWeights } from './published-weights.ts';
import { pullLines } from './pull-lines.ts';
import { type PullOptions, pullModel } from './pull-model.ts';
import { storeSource } from './store-source.ts';

const entry = { architecture: thinArchitecture, resize: 36 };
const architectures = new Map([['vgg11', entry]]);

let scratch: string;
let bytes: Uint8Array;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pull-weights-'));
  bytes = await thinWeights(scratch);
});
afterAll(() => rm(scratch, { recursive: true }));

let folder: string;
let dispatcher: Dispatcher;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pull-model-'));
  dispatcher = new Agent();
});
afterEach(async () => {
  await dispatcher.destroy();
  await rm(folder, { recursive: true });
});

function pullFrom(server: WeightsServer, options: Partial<PullOptions> = {}) {
  const source = httpSource({ dispatcher, mirror: server.origin });
  const published = [publishedAs(bytes)];
  const defaults = { name: 'vgg11', published, architectures, folder, source, openGraph };
  return pullModel({ ...defaults, retryDelayMs: 1, staleLockMs: 200, ...options });
}

describe('pullModel', () => {
  it('makes a bundle over the file as it was downloaded', async () => {
    await using server = await WeightsServer.start(serve(bytes));
    const { status: outcome, bundle } = await pullFrom(server);
    expect(outcome).toBe('pulled');
    await verifyBundleFiles(bundle);
    expect(Buffer.compare(await readFile(join(bundle.folder, 'model.safetensors')), bytes)).toBe(0);
    const published = publishedAs(bytes);
    expect(bundle.manifest).toMatchObject({
      trained: true,
      weights: [{ sha256: published.sha256 }],
      provenance: {
        origin: `https://weights.example/timm/vgg11/model.safetensors (sha256 ${published.sha256})`,
        licence: 'BSD-3-Clause',
        accuracy: '69.02 % top-1, 88.628 % top-5 on the ImageNet validation set, as published',
      },
    });
    expect(bundle.manifest.classes[0]).toEqual({ id: 'n01440764', label: 'tench' });
    expect(await readdir(join(folder, '.downloads'))).toEqual([]);
  });

  it('makes a labelling graph over weights with batch norm that gives the scores of float64', async () => {
    const architecture = { ...thin('A', true), classes: 1000 };
    const layers = quieten(randomLayers(architecture), 0.2);
    const { path, tensors } = await writeWeights(scratch, layers, 'timm');
    expect([...tensors.keys()]).toContain('features.1.num_batches_tracked');
    const file = await readFile(path);
    const published = [publishedAs(file, { name: 'vgg11_bn', model: 'vgg11_bn' })];
    await using server = await WeightsServer.start(serve(file));
    const { bundle } = await pullFrom(server, {
      name: 'vgg11_bn',
      published,
      architectures: new Map([['vgg11_bn', { architecture, resize: side }]]),
    });
    const pixels = somePixels(side * side);
    const graph = join(bundle.folder, labelsGraph(bundle.manifest)?.file ?? '');
    const run = await runGraph(graph, pixels, [1, side, side, 3]);
    const { probabilities } = reference('A', layers, pixels);
    const best = probabilities.toSorted((a, b) => b - a).slice(0, 10);
    expect(worstError(run.score, best)).toBeLessThan(1e-4);
    expect(run.index[0]).toBe(probabilities.indexOf(best[0]!));
  });

  it('has nothing to do where the bundle is there', async () => {
    await using server = await WeightsServer.start(serve(bytes));
    const first = await pullFrom(server);
    const second = await pullFrom(server);
    expect(second).toEqual({ status: 'present', bundle: first.bundle });
    expect([pullLines(first)[0], pullLines(second)[0]]).toEqual([
      `vgg11-fp32 is ready in ${join(folder, 'vgg11-fp32')}`,
      `vgg11-fp32 was there already, in ${join(folder, 'vgg11-fp32')}`,
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it('does not take an untrained bundle of that name for the published one', async () => {
    const classes = Array.from({ length: 1000 }, (_, i) => ({ id: `c${i}`, label: `class ${i}` }));
    await initVggBundle({ model: 'vgg11', entry, classes, seed: 1, folder });
    await using server = await WeightsServer.start(serve(bytes));
    await expect(pullFrom(server)).rejects.toMatchObject({ name: 'UsageError', code: 'bundle_exists' });
    expect(server.requests).toHaveLength(0);
  });

  it('twice at the same time does the work once', async () => {
    await using server = await WeightsServer.start(cut(bytes, 100_000), serve(bytes));
    const pulls = await Promise.all([pullFrom(server), pullFrom(server)]);
    expect(pulls.map((pull) => pull.status).toSorted()).toEqual(['present', 'pulled']);
    expect(pulls[0].bundle).toEqual(pulls[1].bundle);
    expect(server.requests).toHaveLength(2);
  });

  it('goes on where a pull was killed, whose lock and part are still there', async () => {
    const { sha256 } = publishedAs(bytes);
    const downloads = join(folder, '.downloads');
    await mkdir(join(downloads, `${sha256}.lock`), { recursive: true });
    await writeFile(join(downloads, `${sha256}.part`), bytes.subarray(0, 50_000));
    await using server = await WeightsServer.start(serve(bytes));
    expect((await pullFrom(server)).status).toBe('pulled');
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=50000-']);
    expect(await readdir(downloads)).toEqual([]);
  });

  it('stops waiting for another pull when it is aborted', async () => {
    const { sha256 } = publishedAs(bytes);
    await mkdir(join(folder, '.downloads', `${sha256}.lock`), { recursive: true });
    await using server = await WeightsServer.start(serve(bytes));
    const signal = AbortSignal.timeout(1);
    await expect(pullFrom(server, { signal, staleLockMs: 1e6 })).rejects.toThrow(/abort/);
    expect(server.requests).toHaveLength(0);
  });

  it('adopts a file of the model zoo', async () => {
    const model = foreignClassifier({ opset: 7, batch: 1, reshape: true, numbers: 'floatData' });
    const { initializer, output } = model.graph;
    initializer[2] = { ...initializer[2]!, dims: [1000n, 16n], floatData: Array(16_000).fill(0.01) };
    initializer[3] = {
      ...initializer[3]!,
      dims: [1000n],
      floatData: Array.from({ length: 1000 }, (_, i) => i / 1000),
    };
    output[0] = value('scores', 1, [1, 1000]);
    const zoo = onnxBytes(model);
    const published = publishedAs(zoo, {
      name: 'zoo-vgg16-7',
      kind: 'zoo',
      model: 'zoo-vgg16-7',
      file: 'vgg16-7.onnx',
    });
    await using server = await WeightsServer.start(serve(zoo));
    const { bundle } = await pullFrom(server, { name: 'zoo-vgg16-7', published: [published] });
    await verifyBundleFiles(bundle);
    expect(bundle.name).toBe('zoo-vgg16-7-fp32');
    expect(bundle.manifest.provenance).toMatchObject({
      origin: `https://weights.example/timm/vgg11/model.safetensors (sha256 ${published.sha256})`,
      notes: expect.stringContaining('batch of 1 made free'),
    });
    expect((await pullFrom(server, { name: 'zoo-vgg16-7', published: [published] })).status).toBe('present');
  });

  it('keeps the download where no bundle can be made of it, and leaves no half bundle', async () => {
    const other = new Map([
      ['vgg11', { ...entry, architecture: { ...thinArchitecture, fullyConnected: 32 } }],
    ]);
    await using server = await WeightsServer.start(serve(bytes));
    await expect(pullFrom(server, { architectures: other })).rejects.toMatchObject({
      code: 'misshapen_tensor',
    });
    expect(await readdir(folder)).toEqual(['.downloads']);
    expect((await pullFrom(server)).status).toBe('pulled');
    expect(server.requests).toHaveLength(1);
  });

  it('names what there is, and what cannot be built', async () => {
    await using server = await WeightsServer.start(status(500));
    await expect(pullFrom(server, { name: 'vgg17' })).rejects.toThrow(
      'no published weights of "vgg17"; there is: vgg11',
    );
    await expect(pullFrom(server, { architectures: new Map() })).rejects.toMatchObject({
      code: 'not_buildable',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('says in one line that models cannot be written there', async () => {
    await writeFile(join(folder, 'file'), '');
    await using server = await WeightsServer.start(serve(bytes));
    const pulling = pullFrom(server, { folder: join(folder, 'file/models') });
    await expect(pulling).rejects.toMatchObject({ code: 'unwritable_models' });
  });
});

describe('a folder or bucket as the source', () => {
  const pullFromStore = (prefix: string) => {
    const source = storeSource(new FileStore(null), pathToFileURL(prefix).href);
    const published = [publishedAs(bytes)];
    return pullModel({ name: 'vgg11', published, architectures, folder, source, openGraph });
  };

  it.each([
    ['its name', 'vgg11.tv_in1k.safetensors'],
    ['its checksum', undefined],
  ])('holds the file under %s', async (_, file) => {
    const copies = join(folder, '.copies');
    await mkdir(copies);
    await writeFile(join(copies, file ?? publishedAs(bytes).sha256), bytes);
    expect((await pullFromStore(copies)).status).toBe('pulled');
  });

  it('is refused where the bytes are wrong, and says where nothing is', async () => {
    await expect(pullFromStore(folder)).rejects.toMatchObject({ name: 'UsageError', code: 'not_there' });
    await writeFile(join(folder, 'vgg11.tv_in1k.safetensors'), 'other bytes');
    await expect(pullFromStore(folder)).rejects.toMatchObject({ code: 'wrong_bytes' });
  });
});

it('the catalogue holds 13 files, each of another checksum and over https', async () => {
  const published = await publishedWeights();
  expect(published).toHaveLength(13);
  expect(new Set(published.map(({ sha256 }) => sha256)).size).toBe(13);
  expect(published.every(({ address }) => address.startsWith('https://'))).toBe(true);
  expect(published.find(({ name }) => name === 'vgg16')).toMatchObject({
    sha256: '57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8',
    accuracy: { top1: 71.592, top5: 90.382 },
  });
});
