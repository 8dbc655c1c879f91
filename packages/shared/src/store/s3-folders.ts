/** The folders below a prefix, as places where its keys can be split. */
import { UsageError } from '../errors.ts';
import { type FolderPage, type PageStart, startAfter } from './s3-list.ts';

/** Where there are fewer folders than this, those in them are asked for too. */
const few = 32;
const deepest = 2;

/**
 * URIs of folders in the order of their keys; as many as are found with little effort. A policy may refuse to name folders
 * (`s3:delimiter`) and let the keys be listed all the same: then there are none.
 * @param page one request for the folders right below a prefix
 */
export async function* foldersBelow(
  page: (prefix: string, start: PageStart) => Promise<FolderPage>,
  prefix: string,
  after: string | undefined,
  depth = 1,
): AsyncGenerator<string> {
  for (let start: PageStart | null = startAfter(after); start !== null; ) {
    const { folders, next }: FolderPage = await page(prefix, start).catch(noneIfRefused);
    // Objects alone: asking on would be a listing of its own.
    if (folders.length === 0) return;
    for (const folder of folders) {
      yield folder;
      if (folders.length < few && depth < deepest) yield* foldersBelow(page, folder, undefined, depth + 1);
    }
    start = next;
  }
}

function noneIfRefused(error: unknown): FolderPage {
  if (error instanceof UsageError) return { folders: [], next: null };
  throw error;
}
