/** The stores of a process, by the scheme of a URI. What a scheme needs is loaded when its first URI comes. */
import { ImageError } from '../errors.ts';
import { longestUri } from '../schema/chunk-job.ts';
import { isMemberUri } from '../tar/member-uri.ts';
import { TarStore } from '../tar/tar-store.ts';
import { FileConfinement } from './file-confinement.ts';
import { FileStore } from './file-store.ts';
import { confinedHttps, type HttpsPolicy, unconfinedHttps } from './https-policy.ts';
import { HttpsStore } from './https-store.ts';
import type { ObjectStore } from './object-store.ts';
import { S3Store } from './s3-store.ts';
import { shown } from './shown-uri.ts';
import type { StoreConfig } from './store-config.ts';
import { schemeOf } from './uri.ts';

export interface Stores extends AsyncDisposable {
  /** Throws `ImageError` `uri_refused` for a scheme there is no store for, and for a URI that is too long. */
  for(uri: string): ObjectStore;
}

export interface StoresOptions {
  /** Connections kept to one host, and so the requests in flight to it. */
  readonly connections?: number;
}

/** For images, whose URIs anyone may have written: files only below `fileRoots`, https only from `httpsHosts`. */
export function openStores(config: StoreConfig, options: StoresOptions = {}): Stores {
  return storesOver(config, options, new FileConfinement(config.fileRoots), confinedHttps(config.httpsHosts));
}

/** For what the operator names (sources, manifests, run folders): the same stores without that confinement. */
export function openOperatorStores(config: StoreConfig, options: StoresOptions = {}): Stores {
  return storesOver(config, options, null, unconfinedHttps);
}

function storesOver(
  config: StoreConfig,
  { connections = 64 }: StoresOptions,
  files: FileConfinement | null,
  https: HttpsPolicy,
): Stores {
  const stores = {
    file: new FileStore(files),
    s3: new S3Store(config, connections),
    https: new HttpsStore(https, config, connections),
  };
  const storeOf = (uri: string): ObjectStore => {
    if (uri.length > longestUri)
      throw new ImageError('uri_refused', `${shown(uri)}: longer than ${longestUri} characters`);
    const scheme = schemeOf(uri);
    if (scheme === 'file' || scheme === 's3' || scheme === 'https') return stores[scheme];
    if (isMemberUri(uri)) return shards;
    throw new ImageError('uri_refused', `${shown(uri)}: only file://, s3:// and https:// can be read`);
  };
  const shards = new TarStore(storeOf);
  return {
    for: storeOf,
    async [Symbol.asyncDispose]() {
      await Promise.all([stores.s3[Symbol.asyncDispose](), stores.https[Symbol.asyncDispose]()]);
    },
  };
}
