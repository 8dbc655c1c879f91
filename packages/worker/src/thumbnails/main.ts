/** The process that makes thumbnails: strangers' images are decoded here, and what ends it ends nothing else. */
import { codeOf, messageOf } from '@labelmill/shared/errors';
import { openStores, type Stores } from '@labelmill/shared/store/stores';
import { fetchImage } from '../engine/fetch-image.ts';
import type { ThumbnailCall, ThumbnailConfig, ThumbnailReply, ThumbnailResult } from './messages.ts';
import { makeThumbnail } from './thumbnail.ts';

let config: ThumbnailConfig;
let stores: Stores;

// Native threads may be at work: as in the engine, exiting would wait for them or abort with a core dump.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', (call: ThumbnailCall) => {
  if (call.type === 'start') {
    config = call.config;
    stores = openStores(config.stores);
  } else void answer(call.image.id, call.image.uri);
});

async function answer(id: number, uri: string): Promise<void> {
  const reply: ThumbnailReply = { id, result: await make(uri) };
  if (process.connected) process.send!(reply);
}

async function make(uri: string): Promise<ThumbnailResult> {
  try {
    const { body, version } = await fetchImage(stores.for(uri), uri, config.limits);
    return { status: 'ok', version, webp: await makeThumbnail(body, config.size, config.limits) };
  } catch (error) {
    const code = codeOf(error);
    // What has no code is a bug: it ends the process, loudly.
    if (code === undefined) throw error;
    return { status: 'error', code, message: messageOf(error) };
  }
}
