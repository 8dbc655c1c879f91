/** An S3 that ignores `If-None-Match`: whichever delivery of a chunk wrote last, the account is of what is there. */
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { createLogger } from '@labelmill/shared/logging';
import { packChunk } from '@labelmill/shared/schema/chunk-job';
import { noStages } from '@labelmill/shared/stages/stage-totals';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { ImageResult } from '@labelmill/worker/engine/protocol';
import { processChunk } from '@labelmill/worker/supervisor/process-chunk';
import { expect, it } from 'vitest';
import { errorResult, okResult } from '../chaos/stand-in-supervisor.ts';
import { testCeph } from '../parts/ceph.ts';
import { labelmill } from '../parts/labelmill.ts';
import { openBucket } from '../parts/open-bucket.ts';
import { TestRedis } from '../parts/redis.ts';
import { S3Spoiler } from '../parts/s3-spoiler.ts';

it.each(['before', 'after'] as const)(
  'a part that is overwritten %s its run is closed is counted as it is there',
  async (when) => {
    const ceph = await testCeph();
    const bucket = await openBucket(ceph);
    await using spoiler = await S3Spoiler.start(ceph.endpoint, { overwrites: true });
    const s3 = { endpoint: spoiler.endpoint, forcePathStyle: true };
    await using stores = openOperatorStores(storeConfigSchema.parse({ s3 }));
    await using redis = await TestRedis.start();
    await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 10 });
    const uris = ['s3://b/0.jpg', 's3://b/1.jpg', 's3://b/2.jpg'];
    const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
    const asked = { source: new StreamSource(uris), bundle, topK: 5, chunkSize: 2 };
    const run = await producer.start({ ...asked, output: `s3://${bucket}/runs/` });
    await run.listed;
    expect(run.info.run.createOnce).toBe(false);
    const deliver = (seq: number, result: (id: number) => ImageResult) => {
      const first = 2 * seq;
      const images = uris.slice(first, first + 2);
      return processChunk(
        packChunk(run.info.run.id, 0, seq, first, images),
        false,
        {
          ledger: producer.ledger,
          stores,
          bundle,
          hasFeatures: false,
          label: async () => images.map((_, id) => result(id)),
          stages: { take: noStages },
          span: { event: () => {} },
          log: createLogger({ name: 'test', level: 'silent' }),
        },
        AbortSignal.timeout(60_000),
      );
    };

    // The late delivery has looked, and found nothing; its write is on the way while the other's is counted.
    const sent = Promise.withResolvers<void>();
    const arrives = Promise.withResolvers<void>();
    spoiler.spoil = async ({ method, path }) => {
      if (method === 'PUT' && path.includes('part-00000000')) {
        sent.resolve();
        await arrives.promise;
      }
      return null;
    };
    const late = deliver(0, errorResult);
    await sent.promise;
    spoiler.spoil = () => null;
    // It finds nothing either.
    await deliver(0, okResult);
    if (when === 'after') await deliver(1, okResult);
    arrives.resolve();
    await late;
    if (when === 'before') await deliver(1, okResult);

    expect(await run.closed()).toMatchObject({ listed: 3, ok: 1, error: 2, errors: { not_found: 2 } });
    const { folder } = run.info;
    const env = { ...ceph.env, AWS_ENDPOINT_URL_S3: spoiler.endpoint };
    const verified = await labelmill(['verify', folder], { env });
    expect(verified.stdout).toContain('3 images listed, 1 ok + 2 errors');
    expect(verified.status).toBe(3);
  },
);
