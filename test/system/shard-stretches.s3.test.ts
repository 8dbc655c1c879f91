/** Images of a shard in S3 are read by the stretch, and each is labelled from what is really there, whatever breaks. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { cpuEngineSize } from '@labelmill/worker/engine/engine-size';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Ceph, testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { S3Spoiler, type Spoil } from '../parts/s3-spoiler.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';
import { expectSameLabels, label, makeShard } from './shard-as-folder.ts';

const count = 200;
const chunkSize = 64;
/** Of vgg-mini, whose input has 64 pixels a side. */
const { loaderThreads } = cpuEngineSize(availableParallelism(), 64);

let stack: AsyncDisposableStack;
let folder: TemporaryFolder;
let ceph: Ceph;
let redis: TestRedis;
let spoiler: S3Spoiler;
let uri: string;
/** GETs of the shard by workers. */
let gets: number;
/** What becomes of the answer to the GET of this number, from 1. */
let spoil: (get: number) => Spoil | null;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  ceph = await testCeph();
  folder = stack.use(await temporaryFolder());
  redis = stack.use(await TestRedis.start());
  spoiler = stack.use(await S3Spoiler.start(ceph.endpoint));
  uri = `s3://${await ceph.freshBucket()}/shards/one.tar`;
  gets = 0;
  spoil = () => null;
  spoiler.spoil = ({ method, path }) => (method === 'GET' && path.includes('one.tar') ? spoil(++gets) : null);
});
afterEach(() => stack.disposeAsync());

it('200 images in chunks of 64 are a GET for each chunk and loader, and get the labels that they get in files', async () => {
  const { images, shard } = await makeShard(folder.path, count);
  await put(shard);
  const labelled = await labelShard();
  expect(gets).toBeLessThanOrEqual(Math.ceil(count / chunkSize) * loaderThreads);
  expectSameLabels(labelled, await label(images, join(folder.path, 'files')), count);
});

it('connections that break in the middle of a stretch cost no image, and few GETs', async () => {
  const { images, shard } = await makeShard(folder.path, count);
  await put(shard);
  const faults: Spoil[] = [
    { kind: 'cut' },
    { kind: 'short' },
    { kind: 'error', status: 503, code: 'SlowDown' },
  ];
  spoil = (get) => faults[get - 1] ?? null;
  const labelled = await labelShard();
  expect(gets).toBeGreaterThan(faults.length);
  expect(gets).toBeLessThanOrEqual(Math.ceil(count / chunkSize) * loaderThreads + faults.length);
  expectSameLabels(labelled, await label(images, join(folder.path, 'files')), count);
});

it('a shard that is replaced in the middle of a stretch gives each image from one version, and says from which', async () => {
  // Two shards with the same names at the same places.
  const photos = await Promise.all(['cat.jpg', 'rocket.jpg'].map(small));
  const bytes = Math.max(...photos.map(({ length }) => length));
  const [cats, rockets] = await Promise.all(
    photos.map((photo, n) =>
      tarOf(String(n), Buffer.concat([photo, Buffer.alloc(bytes - photo.length)]), 40),
    ),
  );
  const versions = [await put(cats!)];
  spoil = (get) => (get === 1 ? { kind: 'cut' } : null);
  spoiler.answered = async ({ path }) => {
    if (path.includes('one.tar') && versions.length === 1) versions.push(await put(rockets!));
  };
  const labelled = await labelShard();
  const [cat, rocket] = await Promise.all(
    photos.map(async (photo, n) => {
      const file = join(folder.path, `photo-${n}.jpg`);
      await writeFile(file, photo);
      return topOf((await label(file, join(folder.path, `alone-${n}`)))[0]);
    }),
  );
  expect(cat).not.toBe(rocket);
  expect(labelled.map(topOf)).toEqual(
    labelled.map(({ version }) => (version === versions[0] ? cat : version === versions[1] ? rocket : null)),
  );
  expect(new Set(labelled.map(({ version }) => version)).size).toBe(2);
});

it('a shard that was replaced by one with other names labels none under a name that it had', async () => {
  const photo = await small('cat.jpg');
  await put(await tarOf('before', photo, 40));
  const labelled = await labelShard(async () => {
    await put(await tarOf('after', photo, 40, (n) => (n < 30 ? `${n}.jpg` : `other-${n}.jpg`)));
  });
  expect(labelled.map((record) => (record.status === 'ok' ? 'ok' : record.error.code))).toEqual([
    ...Array(30).fill('ok'),
    ...Array(10).fill('not_found'),
  ]);
});

it('images that take longer to decode than a read may take are no slow store', async () => {
  // 64 megapixels each: a second or so of decoding, all fetched within a moment.
  const huge = sharp({ create: { width: 8000, height: 8000, channels: 3, background: '#777' } });
  await put(await tarOf('huge', await huge.jpeg().toBuffer(), 8));
  const labelled = await labelShard(async () => {}, { LABELMILL_FETCH_TIMEOUT_MS: '1000' });
  expect(labelled.map(({ status }) => status)).toEqual(Array(8).fill('ok'));
  // None was asked for a second time.
  expect(gets).toBeLessThanOrEqual(loaderThreads);
});

/** Enqueues the shard, and labels it with a worker whose way to S3 is the spoiler. */
async function labelShard(enqueued: () => Promise<void> = async () => {}, env: Record<string, string> = {}) {
  const straight = { ...ceph.env, REDIS_URL: redis.url };
  const out = join(folder.path, 'runs');
  const args = ['enqueue', uri, '--out', out, '--chunk-size', String(chunkSize), '--json'];
  const started = await labelmill(args, { env: straight });
  expect(started).toMatchObject({ status: 0 });
  await enqueued();
  const { run } = JSON.parse(started.stdout) as { run: string };
  const spoiled = { ...straight, ...env, AWS_ENDPOINT_URL_S3: spoiler.endpoint };
  await using _worker = new LabelmillProcess(['worker'], { env: spoiled });
  expect([0, 3]).toContain((await labelmill(['wait', run], { env: straight })).status);
  return records(join(out, run));
}

/** Puts the file in the place of the shard. @returns its version */
async function put(tar: string): Promise<string | undefined> {
  await using stores = openOperatorStores(ceph.config);
  await stores.for(uri).replace(uri, await readFile(tar));
  return (await stores.for(uri).head(uri))?.version;
}

/** A tar of one image under so many names. */
async function tarOf(
  name: string,
  image: Buffer,
  images: number,
  nameOf = (n: number) => `${n}.jpg`,
): Promise<string> {
  const within = join(folder.path, name);
  await mkdir(within);
  const names = Array.from({ length: images }, (_, n) => nameOf(n));
  for (const one of names) await writeFile(join(within, one), image);
  const tar = join(folder.path, `${name}.tar`);
  await promisify(execFile)('tar', ['-C', within, '-cf', tar, ...names]);
  return tar;
}

function small(name: string): Promise<Buffer> {
  return sharp(join(repository, 'examples/photos', name))
    .resize(128)
    .jpeg()
    .toBuffer();
}

type LabelRecord = Awaited<ReturnType<typeof records>>[number];

function topOf(record: LabelRecord | undefined): string | undefined {
  return record?.status === 'ok' ? record.labels[0]?.id : undefined;
}
