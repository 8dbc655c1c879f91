/** A segment that another producer still wrote, after its run was taken over, counts: nothing is listed twice or lost. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import type { Cursor, Source, SourceImage } from '@labelmill/producer/source/source';
import { SegmentDraft } from '@labelmill/shared/run/segment';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { expect, it } from 'vitest';
import { LabelmillProcess, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photo = (name: string) => pathToFileURL(join(repository, 'examples/photos', name)).href;
const others = ['temple.jpg', 'drum.jpg'].map(photo);
const ours = ['cat.jpg', 'coffee.jpg', 'fig.jpg'].map(photo);

/** Before its second image comes, which fills the first segment, another producer has written that segment. */
class OvertakenSource implements Source {
  readonly spec: Source['spec'] = { kind: 'listing', uri: photo(''), include: [], exclude: [] };
  readonly skipped = 0;
  readonly cursors: (Cursor | null)[] = [];
  readonly #out: string;
  readonly #stores: Stores;

  constructor(out: string, stores: Stores) {
    this.#out = out;
    this.#stores = stores;
  }

  async *images(after: Cursor | null): AsyncGenerator<SourceImage> {
    this.cursors.push(after);
    for (const [place, uri] of ours.entries()) {
      if (after === null && place === 1) await this.#overtake();
      if (after === null || place >= after.images) yield { uri };
    }
  }

  async #overtake(): Promise<void> {
    const [run = ''] = await runFolders(this.#out);
    const draft = new SegmentDraft();
    draft.add(others.map((uri, index) => ({ index, uri })));
    const segment = `${pathToFileURL(run).href}/manifest/00000000.jsonl.gz`;
    await this.#stores.for(segment).create(segment, await draft.encode());
  }
}

it('the listing goes on behind what the other wrote', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  const outages: string[] = [];
  await using producer = await Producer.connect({
    redisUrl: redis.url,
    stores,
    mostOutstandingChunks: 8,
    onOutage: ({ code }) => outages.push(code),
  });
  await using _worker = new LabelmillProcess(['worker'], {
    env: { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository },
  });
  const source = new OvertakenSource(folder.path, stores);
  const run = await producer.start({
    source,
    bundle: await resolveBundle('vgg-mini', [builtInBundles]),
    output: `${pathToFileURL(folder.path).href}/`,
    topK: 1,
    chunkSize: 2,
  });
  expect(await run.closed()).toMatchObject({ listed: 3, ok: 3, error: 0, chunks: 2 });
  expect(outages).toEqual(['listed_elsewhere']);
  // Looked at, listed, and listed behind the other's two images.
  expect(source.cursors).toEqual([null, null, { images: 2, lastUri: others[1] }]);
  const found = await records(join(folder.path, run.info.run.id));
  expect(found.map(({ index, uri }) => [index, uri])).toEqual([
    [0, others[0]],
    [1, others[1]],
    [2, ours[2]],
  ]);
});
