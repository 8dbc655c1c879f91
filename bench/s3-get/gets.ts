/** The two ways to a whole object, through the same modules that labelmill uses. */
import { getObject } from '@labelmill/shared/store/s3-get';
import { S3Requests } from '@labelmill/shared/store/s3-requests';
import { S3Store } from '@labelmill/shared/store/s3-store';
import type { StoreConfig } from '@labelmill/shared/store/store-config';

export interface Gets extends AsyncDisposable {
  /** Both resolve to the number of bytes. */
  sdk(uri: string): Promise<number>;
  own(uri: string): Promise<number>;
}

const maxBytes = 2 ** 26;

export function openGets(config: StoreConfig, connections: number): Gets {
  const requests = new S3Requests(config, connections);
  const store = new S3Store(config, connections);
  return {
    async sdk(uri) {
      const { body } = await requests.run('read', uri, {}, (request) =>
        getObject(request, uri, { maxBytes }),
      );
      return body.length;
    },
    async own(uri) {
      return (await store.read(uri, { maxBytes })).body.length;
    },
    async [Symbol.asyncDispose]() {
      await requests[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
