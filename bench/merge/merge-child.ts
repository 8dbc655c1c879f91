/**
 * Prints as JSON what a merge of a listing of so many keys with the run in FOLDER finds, in seconds and with the most
 * memory it had. The carried images are written as a run writes them, but into nothing. usage: FOLDER KEYS
 */
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Changes } from '@labelmill/producer/changed/changes';
import { previousImages } from '@labelmill/producer/changed/previous-images';
import { StepWriter } from '@labelmill/producer/changed/step-writer';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { isRemoved, key, version } from './keys.ts';

export interface Merged {
  readonly listed: number;
  readonly carried: number;
  readonly changed: number;
  readonly removed: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

const [folder = '', keys = '0'] = process.argv.slice(2);
const all = Number(keys);
await using stores = openOperatorStores(storeConfigSchema.parse({}));
const began = performance.now();
const changes = new Changes(previousImages(stores, `${pathToFileURL(folder).href}/`, tmpdir()), null);
let [listed, carried, changed] = [0, 0, 0];
const steps = new StepWriter(0, async () => {});
for await (const image of listing()) {
  const unchanged = await changes.next(image);
  listed++;
  if (unchanged === null) {
    changed++;
    continue;
  }
  carried++;
  steps.carry(unchanged);
  if (!steps.full) continue;
  const { removed } = changes;
  const state = { listed, lastUri: image.uri, ended: false, segments: 0, carried, removed };
  await steps.begin(state, Buffer.alloc(0));
}
await changes.end();
await steps.written();
const seconds = (performance.now() - began) / 1000;
const peakBytes = process.resourceUsage().maxRSS * 1024;
const merged: Merged = { listed, carried, changed, removed: changes.removed, seconds, peakBytes };
console.log(JSON.stringify(merged));

async function* listing() {
  for (let n = 0; n < all; n++) {
    if (!isRemoved(n)) yield { uri: key(n, all), version: version(n, true), bytes: 150_000 };
  }
}
