/**
 * Starts a run from a program and waits for its account. Workers must be running (`labelmill worker`).
 * usage: node --conditions=source examples/start-a-run.ts OUTPUT-FOLDER URI…
 */
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';

const [output = '.', ...uris] = process.argv.slice(2);

/** Any async iterable of URIs will do: a database cursor, a message stream. */
async function* images(): AsyncGenerator<string> {
  yield* uris;
}

await using stores = openOperatorStores(storeConfigSchema.parse({}));
await using producer = await Producer.connect({
  redisUrl: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  stores,
  mostOutstandingChunks: 1000,
});
const run = await producer.start({
  source: new StreamSource(images()),
  bundle: await resolveBundle('vgg-mini', [builtInBundles]),
  output: `${pathToFileURL(output).href}/`,
  topK: 5,
  chunkSize: 256,
});
console.log(await run.closed());
