/** The stores of a process, by the scheme of a URI. What a scheme needs is loaded when its first URI comes. */
import { ImageError } from '../errors.ts';
import { FileConfinement } from './file-confinement.ts';
import { FileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { StoreConfig } from './store-config.ts';
import { schemeOf } from './uri.ts';

export interface Stores extends AsyncDisposable {
  /** Throws `ImageError` `uri_refused` for a scheme there is no store for. */
  for(uri: string): ObjectStore;
}

/** For images, whose URIs anyone may have written: files only below `fileRoots`, https only from `httpsHosts`. */
export function openStores(config: StoreConfig): Stores {
  return storesOver(new FileConfinement(config.fileRoots));
}

/** For what the operator names (sources, manifests, run folders): the same stores without that confinement. */
export function openOperatorStores(_config: StoreConfig): Stores {
  return storesOver(null);
}

function storesOver(files: FileConfinement | null): Stores {
  const file = new FileStore(files);
  return {
    for(uri) {
      switch (schemeOf(uri)) {
        case 'file':
          return file;
        default:
          throw new ImageError('uri_refused', `${uri}: only file://, s3:// and https:// can be read`);
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}
