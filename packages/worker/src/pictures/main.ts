/** The process that decodes pictures for `labelmill serve`: orders in, JPEGs out. It ends with its parent's channel. */
import { codeOf, messageOf } from '@labelmill/shared/errors';
import { openStores, type Stores } from '@labelmill/shared/store/stores';
import { makePicture } from './make-picture.ts';
import type { PictureConfig, PictureOrder, PictureReply } from './picture-protocol.ts';

/** Runs may allow different folders; each set has its stores. */
const mostStores = 16;

const stores = new Map<string, Stores>();
let config: PictureConfig | undefined;

process.on('message', (message: PictureConfig | PictureOrder) => {
  if ('limits' in message) config = message;
  else void answer(message);
});
process.on('disconnect', () => process.exit());

async function answer({ id, uri, side, fileRoots }: PictureOrder): Promise<void> {
  if (config === undefined) return;
  let reply: PictureReply;
  try {
    const made = await makePicture(storesFor(config, fileRoots).for(uri), uri, side, config.limits);
    reply = { id, status: 'ok', ...made };
  } catch (error) {
    reply = { id, status: 'error', code: codeOf(error) ?? 'undecodable', message: messageOf(error) };
  }
  // A parent that is gone takes this process with it.
  process.send?.(reply, () => {});
}

function storesFor({ stores: base }: PictureConfig, fileRoots: readonly string[]): Stores {
  const key = JSON.stringify(fileRoots);
  const opened = stores.get(key) ?? openStores({ ...base, fileRoots: [...fileRoots] });
  stores.set(key, opened);
  if (stores.size > mostStores) stores.delete(stores.keys().next().value ?? '');
  return opened;
}
