/** What a user names as the place to fetch published weights from. */
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { schemeOf, toUri } from '@labelmill/shared/store/uri';
import type { Dispatcher } from 'undici';
import { httpSource } from './http-source.ts';
import { storeSource } from './store-source.ts';
import type { WeightsSource } from './weights-source.ts';

export interface SourceCollaborators {
  readonly dispatcher: Dispatcher;
  /** The store of an `s3://` or `file://` URI. */
  readonly storeFor: (uri: string) => ObjectStore;
  /** Where relative paths start. */
  readonly cwd: string;
}

/**
 * @param from an http(s) mirror, `s3://bucket/prefix`, a folder's path or URI; undefined for the published addresses.
 * @throws as `httpSource` and `storeFor` do.
 */
export function sourceFrom(from: string | undefined, collaborators: SourceCollaborators): WeightsSource {
  const { dispatcher, storeFor, cwd } = collaborators;
  if (from === undefined) return httpSource({ dispatcher });
  if (['http', 'https'].includes(schemeOf(from))) return httpSource({ dispatcher, mirror: from });
  const uri = toUri(from, cwd);
  return storeSource(storeFor(uri), uri);
}
