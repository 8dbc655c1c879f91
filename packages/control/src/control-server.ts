/** `labelmill serve`: what lies in an output folder, and what Redis knows of it, as an API and a page. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Producer } from '@labelmill/producer/producer';
import { Schedules } from '@labelmill/producer/schedule/schedules';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import type { Logger } from '@labelmill/shared/logging';
import { connectRedis } from '@labelmill/shared/redis/connection';
import type { Run } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { buildApp } from './app.ts';
import { PictureCache } from './pictures/picture-cache.ts';
import type { PictureMaker } from './pictures/picture-maker.ts';
import { QueueViews } from './queues/queue-views.ts';
import { Gallery } from './records/gallery.ts';
import { LiveRuns } from './runs/live-runs.ts';
import { type OpenRequest, RunActions } from './runs/run-actions.ts';
import { RunCatalogue } from './runs/run-catalogue.ts';
import { RunViews } from './runs/run-views.ts';
import { ScheduleViews } from './schedules/schedule-views.ts';

export interface ControlOptions {
  /** URI of the folder that holds the runs' folders. */
  readonly out: string;
  /** For run folders, and for sources of runs that are started from the page. */
  readonly stores: Stores;
  /** For records: those of runs below `out`, and of the runs elsewhere that a run says it carries images from. */
  readonly recordStores: Stores;
  /** Null: there are folders only; nothing is live but what they show. */
  readonly redisUrl: string | null;
  readonly token: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Of this user, for indexes and pictures. */
  readonly cacheFolder: string;
  readonly pictureCacheBytes: number;
  readonly pictures: PictureMaker;
  /** Chunks of one run that may be queued or in work at a time. */
  readonly mostOutstandingChunks: number;
  /** Folder for the files of an external sort. */
  readonly scratch: string;
  /** For runs that are started from the page. */
  readonly openRequest: OpenRequest;
  readonly fileRoots: (run: Run) => readonly string[];
  readonly log: Logger;
}

export interface ControlServer extends AsyncDisposable {
  /** `http://127.0.0.1:7700` */
  readonly origin: string;
}

/** @throws UsageError `redis_unreachable` · `cannot_listen` */
export async function startControl(options: ControlOptions): Promise<ControlServer> {
  await using opened = new AsyncDisposableStack();
  const { out, stores, redisUrl, token, host, port, log, cacheFolder, pictures, fileRoots } = options;
  const redis = redisUrl === null ? null : opened.adopt(await connectRedis(redisUrl), (r) => r.disconnect());
  const store = stores.for(out);
  const catalogue = new RunCatalogue(store, out);
  const gallery = opened.use(new Gallery(join(cacheFolder, 'indexes'), options.recordStores, log));
  const cache = await PictureCache.open(join(cacheFolder, 'pictures'), options.pictureCacheBytes);
  const ledger = redis === null ? null : new Ledger(redis);
  const views = new RunViews(store, ledger, gallery);
  const live = opened.use(new LiveRuns(catalogue, views, log));
  const control =
    redis === null || redisUrl === null
      ? null
      : {
          schedules: new ScheduleViews(opened.use(new Schedules(redis, redisUrl)), catalogue, views),
          queues: opened.use(new QueueViews(redis, redisUrl)),
          actions: opened.use(
            new RunActions(
              await Producer.connect({
                redisUrl,
                stores,
                mostOutstandingChunks: options.mostOutstandingChunks,
                scratch: options.scratch,
              }),
              stores,
              options.openRequest,
              log,
            ),
          ),
        };
  const parts = { control, token, catalogue, views, live, ledger, gallery, pictures, cache, fileRoots, log };
  const app = opened.adopt(await buildApp(parts), (built) => built.close());
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw new UsageError(
      'cannot_listen',
      `cannot listen on ${host}:${port}: ${messageOf(error)}; choose another --host or --port`,
    );
  }
  const address = app.server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  const stack = opened.move();
  return {
    origin: `http://${name}:${address.port}`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
