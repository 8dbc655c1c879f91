/** The bottleneck of real runs, each slowed down where it is known: the accounts of all processes lead to the right name. */
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { createLogger } from '@labelmill/shared/logging';
import { type Bottleneck, bottleneck } from '@labelmill/shared/stages/bottleneck';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { Supervisor } from '@labelmill/worker/supervisor/supervisor';
import { expect, it } from 'vitest';
import { writePhotos } from '../chaos/soak-source.ts';
import { miniEngineConfig } from '../engine/mini-engine.ts';
import { labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

async function label(
  args: readonly string[],
  how: Parameters<typeof labelmill>[1] = {},
): Promise<Bottleneck> {
  await using folder = await temporaryFolder();
  const { stdout } = await labelmill(['label', ...args, '--out', folder.path, '--json'], how);
  return JSON.parse(stdout).bottleneck;
}

it('of photos and a small network is decoding', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'photos');
  await mkdir(source);
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  for (let n = 0; n < 240; n++) {
    await cp(join(photos, names[n % names.length] ?? ''), join(source, `${n}.jpg`));
  }
  const found = await label([source]);
  expect(found.line).toMatch(/^decode-bound: /);
});

it('of a store that takes its time for each object is fetching', async () => {
  const photo = await readFile(join(photos, 'cat.jpg'));
  const server = createServer(async (_, response) => {
    await delay(500);
    response.writeHead(200, { 'content-length': photo.length, etag: '"v"' }).end(photo);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const input = Array.from({ length: 96 }, (_, n) => `s3://bucket/${n}.jpg\n`).join('');
  const found = await label(['-'], { env, input });
  server.closeAllConnections();
  server.close();
  expect(found.line).toMatch(/^fetch-bound: .* fetches waiting, mean [5-9]\d\d ms; /);
});

it('of an output that takes its time for each part is that output', async () => {
  await using folder = await temporaryFolder();
  const { uris } = await writePhotos(folder.path, 400);
  const slow = (store: ObjectStore): ObjectStore => {
    const create: ObjectStore['create'] = async (uri, body) => {
      if (uri.includes('/labels/')) await delay(1000);
      return store.create(uri, body);
    };
    return new Proxy(store, {
      get: (target, name) => (name === 'create' ? create : Reflect.get(target, name, target)?.bind?.(target)),
    });
  };
  const found = await labelStream(uris, { chunkSize: 8, slow });
  expect(found?.line).toMatch(/^output-bound: /);
});

it('of a source that names an image now and then is its listing', async () => {
  await using folder = await temporaryFolder();
  const { uris } = await writePhotos(folder.path, 31);
  async function* slowly() {
    for (const uri of uris) {
      await delay(100);
      yield uri;
    }
  }
  const found = await labelStream(slowly(), { chunkSize: 1 });
  expect(found?.line).toMatch(/^listing-bound: /);
});

interface How {
  readonly chunkSize: number;
  /** What becomes of the store of the run's folder. */
  readonly slow?: (store: ObjectStore) => ObjectStore;
}

async function labelStream(
  uris: Iterable<string> | AsyncIterable<string>,
  { chunkSize, slow = (store) => store }: How,
): Promise<Bottleneck | null> {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  const slowed: Stores = { ...stores, for: (uri) => slow(stores.for(uri)) };
  const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
  await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 1000 });
  await using _supervisor = await Supervisor.start({
    bundle,
    engine: await miniEngineConfig(),
    bounds: { silenceMs: 60_000, memoryBytes: 2 ** 32 },
    env: process.env,
    redisUrl: redis.url,
    stores: slowed,
    log: createLogger({ name: 'test', level: 'silent' }),
  });
  const output = `${pathToFileURL(folder.path).href}/`;
  const run = await producer.start({ source: new StreamSource(uris), bundle, output, topK: 1, chunkSize });
  await run.closed();
  return bottleneck((await run.account())!.stages, bundle.manifest.precision);
}
