/** Walks a folder in the order in which S3 would list it: by the bytes of the whole path. */
import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import { listError } from './file-errors.ts';
import { fileUriOf, joinPath, slash } from './file-uri.ts';
import { isTemporaryName } from './temporary-file.ts';

export interface WalkedFile {
  readonly path: Buffer;
  readonly stats: BigIntStats;
}

export interface WalkOptions {
  /** Start behind this path; folders that lie wholly before it are not opened. */
  readonly after?: Buffer | undefined;
  /** Is a link to this file followed? Links to folders never are: they can run in circles. */
  readonly followLink: (path: Buffer) => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

/** Files whose sizes and times are asked for at once. */
const statsAtOnce = 32;

/**
 * Every regular file below `folder`. Holds the names of the folders on the way down, nothing else.
 * Throws `UsageError` `source_unreadable` for a folder it cannot read, `OutageError` `store_io`.
 */
export async function* walkFiles(folder: Buffer, options: WalkOptions): AsyncGenerator<WalkedFile> {
  const entries = await sortedEntries(folder, options);
  for (let i = 0; i < entries.length; ) {
    options.signal?.throwIfAborted();
    const entry = entries[i]!;
    if (entry.isFolder) {
      i++;
      yield* walkFiles(entry.path, options);
      continue;
    }
    const files: Buffer[] = [];
    for (; i < entries.length && !entries[i]!.isFolder && files.length < statsAtOnce; i++) {
      files.push(entries[i]!.path);
    }
    for (const file of await Promise.all(files.map(walked))) if (file) yield file;
  }
}

/** Paths of the folders right below a folder, by their bytes; none where it is not there. Links are none. */
export async function foldersIn(folder: Buffer): Promise<Buffer[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
    return found
      .filter((dirent) => dirent.isDirectory())
      .map(({ name }) => joinPath(folder, name))
      .sort((a, b) => a.compare(b));
  } catch (error) {
    // A path that leads through a file holds none either; whoever writes there is told so.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw listError(error, fileUriOf(folder));
  }
}

interface Entry {
  readonly path: Buffer;
  readonly isFolder: boolean;
}

async function sortedEntries(folder: Buffer, { after, followLink }: WalkOptions): Promise<Entry[]> {
  const kept: { key: Buffer; entry: Entry }[] = [];
  for (const dirent of await entriesOf(folder)) {
    const path = joinPath(folder, dirent.name);
    const isFolder = dirent.isDirectory();
    // A folder stands where its files stand: behind `a-b` and before `a0`, as `a/`.
    const key = isFolder ? Buffer.concat([path, Buffer.of(slash)]) : path;
    if (after && liesBefore(key, isFolder, after)) continue;
    if (!isFolder && !(await isFile(dirent, path, followLink))) continue;
    kept.push({ key, entry: { path, isFolder } });
  }
  return kept.sort((a, b) => a.key.compare(b.key)).map(({ entry }) => entry);
}

async function entriesOf(folder: Buffer): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    throw listError(error, fileUriOf(folder));
  }
}

/** Is everything under this key at or before `after`? Keys of folders end with a slash. */
function liesBefore(key: Buffer, isFolder: boolean, after: Buffer): boolean {
  if (isFolder && after.subarray(0, key.length).equals(key)) return false;
  return key.compare(after) <= 0;
}

async function isFile(
  dirent: Dirent<Buffer>,
  path: Buffer,
  followLink: WalkOptions['followLink'],
): Promise<boolean> {
  if (isTemporaryName(dirent.name)) return false;
  if (!dirent.isSymbolicLink()) return dirent.isFile();
  try {
    return (await stat(path)).isFile() && (await followLink(path));
  } catch {
    return false; // a link that leads nowhere
  }
}

/** Undefined for a file that went away since its folder was read. */
async function walked(path: Buffer): Promise<WalkedFile | undefined> {
  try {
    return { path, stats: await stat(path, { bigint: true }) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw listError(error, fileUriOf(path));
  }
}
