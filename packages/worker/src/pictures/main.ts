/** The process that makes pictures: strangers' images are decoded here, and what ends it ends nothing else. */
import { codeOf, messageOf } from '@labelmill/shared/errors';
import { openStores, type Stores } from '@labelmill/shared/store/stores';
import type { DecodeLimits } from '../engine/decode.ts';
import { fetchImage } from '../engine/fetch-image.ts';
import { damagedPicture } from './damaged-picture.ts';
import type { PictureConfig, PictureOrder, PictureReply, PictureResult } from './picture-protocol.ts';
import { makeThumbnail } from './thumbnail.ts';
import { wholePicture } from './whole-picture.ts';

/** Each set of allowed folders has its stores. */
const mostStores = 16;

const stores = new Map<string, Stores>();
let config: PictureConfig | undefined;

// Native threads may be at work: as in the engine, exiting would wait for them or abort with a core dump.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', (message: PictureConfig | PictureOrder) => {
  if ('limits' in message) config = message;
  else if (config !== undefined) void answer(message, config);
});

async function answer(order: PictureOrder, config: PictureConfig): Promise<void> {
  const reply: PictureReply = { id: order.id, result: await make(order, config) };
  // A parent that is gone takes this process with it.
  process.send?.(reply, () => {});
}

async function make({ uri, fileRoots, form }: PictureOrder, config: PictureConfig): Promise<PictureResult> {
  const { limits } = config;
  try {
    const { body, version } = await fetchImage(storesFor(config, fileRoots).for(uri), uri, limits);
    const bytes =
      'square' in form ? await makeThumbnail(body, form.square, limits) : await pictureOf(body, form, limits);
    return { status: 'ok', bytes, version };
  } catch (error) {
    return { status: 'error', code: codeOf(error) ?? 'undecodable', message: messageOf(error) };
  }
}

async function pictureOf(
  body: Uint8Array,
  { longerSide, damaged }: { readonly longerSide: number; readonly damaged: boolean },
  limits: DecodeLimits,
): Promise<Uint8Array> {
  try {
    return await wholePicture(body, longerSide, limits);
  } catch (error) {
    if (!damaged || codeOf(error) !== 'undecodable') throw error;
    return damagedPicture(body, longerSide, limits);
  }
}

function storesFor({ stores: base }: PictureConfig, fileRoots: readonly string[]): Stores {
  const key = JSON.stringify(fileRoots);
  const opened = stores.get(key) ?? openStores({ ...base, fileRoots: [...fileRoots] });
  stores.set(key, opened);
  if (stores.size > mostStores) stores.delete(stores.keys().next().value ?? '');
  return opened;
}
