import { newToken } from '@labelmill/control/bearer';
import { startControl } from '@labelmill/control/control-server';
import { createLogger } from '@labelmill/shared/logging';
import { openOperatorStores, openStores } from '@labelmill/shared/store/stores';
import { toUri } from '@labelmill/shared/store/uri';
import { PictureQueue } from '@labelmill/worker/pictures/picture-queue';
import { bundleForQueue } from '../local/choose-bundle.ts';
import { fileRootsFor } from '../local/file-roots.ts';
import type { CommandContext } from './context.ts';
import { openRequest } from './open-request.ts';

export interface ServeOptions {
  readonly out: string;
  readonly host: string;
  readonly port: number;
  readonly redis?: string;
}

/** `labelmill serve`: the runs of an output folder as a web page, until it is told to stop. */
export async function serve(options: ServeOptions, context: CommandContext): Promise<void> {
  const { settings, console, stop } = context;
  await using stores = openOperatorStores(settings.stores);
  const token = settings.token ?? newToken();
  const out = toUri(options.out, context.cwd);
  // Runs in a bucket may be anyone's: what they name on this machine is read only where that is allowed.
  const isLocal = out.startsWith('file:');
  await using confined = openStores(settings.stores);
  using pictures = new PictureQueue({
    stores: settings.stores,
    limits: settings.limits,
    env: context.env,
    atOnce: Math.max(1, context.cores),
    memoryBytes: settings.engineBounds.memoryBytes,
  });
  await using server = await startControl({
    out,
    stores,
    recordStores: isLocal ? stores : confined,
    redisUrl: options.redis ?? settings.redisUrl ?? null,
    token,
    host: options.host,
    port: options.port,
    cacheFolder: settings.serveFolder,
    pictureCacheBytes: settings.pictureCacheBytes,
    pictures,
    mostOutstandingChunks: settings.mostOutstandingChunks,
    scratch: settings.spoolFolder,
    openRequest: ({ source, model }) =>
      openRequest([source], { model, out, include: [], exclude: [] }, stores, context, bundleForQueue),
    fileRoots: ({ source }) =>
      isLocal ? fileRootsFor(source, settings.stores.fileRoots) : settings.stores.fileRoots,
    log: createLogger({ name: 'serve', level: settings.logLevel ?? 'warn' }),
  });
  // Whoever set the token knows it; a log need not.
  console.out(settings.token === undefined ? `${server.origin}/#token=${token}` : `${server.origin}/`);
  if (stop.aborted) return;
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
}
