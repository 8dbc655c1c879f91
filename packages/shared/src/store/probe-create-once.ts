import { randomUUID } from 'node:crypto';
import type { ObjectStore } from './object-store.ts';
import { joinUri } from './uri.ts';

/**
 * Finds out whether a store keeps "create only if absent": creates an object twice. Some S3 look-alikes ignore
 * `If-None-Match` and overwrite.
 */
export async function probeCreateOnce(store: ObjectStore, folder: string): Promise<boolean> {
  const uri = joinUri(folder, `.probe-${randomUUID()}`);
  try {
    await store.create(uri, Buffer.from('1'));
    return (await store.create(uri, Buffer.from('2'))) === 'exists';
  } finally {
    await store.remove(uri);
  }
}
