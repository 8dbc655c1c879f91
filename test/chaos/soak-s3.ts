/** A round's images and runs in a Ceph whose front is killed with the rest. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { outlast } from '@labelmill/shared/store/outlast';
import type { Stores } from '@labelmill/shared/store/stores';
import pMap from 'p-map';
import { cephAt } from '../parts/ceph.ts';
import { CephGateway } from '../parts/ceph-gateway.ts';
import type { SoakPlace } from './soak-place.ts';
import { type SoakSource, writePhotos, writeUris } from './soak-source.ts';

/** A Ceph of this process (`startCeph`), and stores for it. */
export interface SoakCeph {
  readonly server: { readonly url: string; readonly folder: string };
  readonly stores: Stores;
}

export async function s3Place(
  { server, stores }: SoakCeph,
  folder: string,
  realEngine: boolean,
  images: number,
): Promise<SoakPlace> {
  const ceph = cephAt(server.url);
  const bucket = await ceph.freshBucket();
  const gateway = new CephGateway(server);
  const out = `s3://${bucket}/runs/`;
  const store = stores.for(out);
  /** The names below a prefix, whatever happens to the front meanwhile. */
  const list = (prefix: string) =>
    outlast(
      async () => {
        const uris: string[] = [];
        for await (const { uri } of store.list(prefix)) uris.push(uri);
        return uris;
      },
      AbortSignal.timeout(60_000),
      () => {},
    );
  return {
    ...(realEngine ? await uploadPhotos(stores, bucket, folder, images) : await writeUris(folder, images)),
    out,
    env: ceph.env,
    async runs() {
      const runs = (await list(out)).filter((uri) => uri.endsWith('/run.json'));
      return runs.map((uri) => uri.slice(0, -'run.json'.length));
    },
    partsOf: async (run) => (await list(`${run}labels/`)).length,
    async onDisk(run) {
      const copy = join(folder, 'copy');
      await pMap(
        await list(run),
        async (uri) => {
          const path = join(copy, uri.slice(run.length));
          await mkdir(dirname(path), { recursive: true });
          await writeFile(path, (await store.read(uri)).body);
        },
        { concurrency: 16 },
      );
      return copy;
    },
    async kill(downMs) {
      await gateway.kill();
      await delay(downMs);
      await gateway.start();
    },
  };
}

async function uploadPhotos(
  stores: Stores,
  bucket: string,
  folder: string,
  images: number,
): Promise<SoakSource> {
  const { source, broken } = await writePhotos(folder, images);
  const names = (await readdir(source)).sort();
  const uris = await pMap(
    names,
    async (name) => {
      const uri = `s3://${bucket}/photos/${basename(name)}`;
      await stores.for(uri).create(uri, await readFile(join(source, name)));
      return uri;
    },
    { concurrency: 16 },
  );
  return { source: `s3://${bucket}/photos/`, uris, broken };
}
