import { isNoFolder } from '../store/no-folder.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { featuresSeq, runFolder } from './run-folder.ts';

/** The features files of a run's chunks, by chunk: a retry adds one. None for a run without any. */
export async function listFeaturesFiles(
  store: ObjectStore,
  folder: string,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const files = new Map<number, string[]>();
  try {
    for await (const { uri } of store.list(runFolder.featuresFolder(folder))) {
      const seq = featuresSeq(uri);
      if (seq !== null) files.set(seq, [...(files.get(seq) ?? []), uri]);
    }
  } catch (error) {
    // On a disk the folder comes with its first file.
    if (!isNoFolder(error)) throw error;
  }
  return files;
}
