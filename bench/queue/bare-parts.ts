/**
 * Prints as JSON what the parts alone take, without queue and ledger: the same records, encoded and created as files,
 * two chunks at a time. usage: FOLDER IMAGES IMAGES-PER-CHUNK
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { encodeRecordLines } from '@labelmill/shared/run/record-lines';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { recordOf } from '@labelmill/worker/supervisor/record-of';
import { syntheticUri } from '../enqueue/write-manifest.ts';
import { standInResult } from './stand-in-engine.ts';

export interface BareParts {
  readonly imagesPerSecond: number;
  readonly cpuMicroseconds: number;
}

const [folder = '', imagesText, chunkText] = process.argv.slice(2);
const [images, perChunk] = [Number(imagesText), Number(chunkText)];
const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
await using stores = openOperatorStores(storeConfigSchema.parse({}));
const [before, began] = [process.cpuUsage(), performance.now()];
let next = 0;
await Promise.all([writeParts(), writeParts()]);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
const bare: BareParts = { imagesPerSecond: next / seconds, cpuMicroseconds: (user + system) / next };
console.log(JSON.stringify(bare));

async function writeParts(): Promise<void> {
  while (next < images) {
    const first = next;
    next += perChunk;
    const records = Array.from({ length: perChunk }, (_, place) =>
      recordOf(standInResult(place), first + place, syntheticUri(first + place), bundle.manifest.classes, 5),
    );
    const uri = pathToFileURL(join(folder, `part-${first}.jsonl`)).href;
    await stores.for(uri).create(uri, encodeRecordLines(records));
  }
}
