import type { Run } from '../schema/run.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * Creates a file of a run that others may be creating too. Where the store ignores `If-None-Match` (`createOnce` in
 * run.json), the file is looked for first: that keeps everyone from overwriting it but who looked before it was there,
 * and `tryFinalise` takes the account again from what is there in the end.
 */
export async function createOnce(
  store: ObjectStore,
  uri: string,
  body: Uint8Array,
  run: Pick<Run, 'createOnce'>,
): Promise<'created' | 'exists'> {
  if (!run.createOnce && (await store.head(uri)) !== null) return 'exists';
  return store.create(uri, body);
}
