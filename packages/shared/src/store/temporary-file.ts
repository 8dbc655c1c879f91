/** Files appear whole or not at all: written under a temporary name, synced, then linked or renamed. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { codeOf, UsageError } from '../errors.ts';
import { fileUriOf, folderOf, joinPath } from './file-uri.ts';
import { shown } from './shown-uri.ts';

const prefix = '.labelmill-tmp-';

/** What a killed process may leave; listings pass over it. */
export function isTemporaryName(name: Buffer): boolean {
  return name.subarray(0, prefix.length).toString('latin1') === prefix;
}

/** Creates the file unless something is there; `link` is the one call that decides it. Throws Node's error. */
export async function createFile(path: Buffer, body: Uint8Array): Promise<'created' | 'exists'> {
  await using temporary = await writeTemporary(folderOf(path), body);
  try {
    await link(temporary.path, path);
    return 'created';
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'exists';
    if (codeOf(error) === 'EPERM' || codeOf(error) === 'ENOTSUP') throw noLinks(path, error);
    throw error;
  } finally {
    // Also for `exists`: the loser builds on the winner's file, so it must be as durable as the loser's word.
    await syncFolder(folderOf(path));
  }
}

/** Puts the file in place of what is there. Throws Node's error. */
export async function replaceFile(path: Buffer, body: Uint8Array): Promise<void> {
  await using temporary = await writeTemporary(folderOf(path), body);
  await rename(temporary.path, path);
  await syncFolder(folderOf(path));
}

/** Makes additions to and removals from a folder durable. */
export async function syncFolder(folder: Buffer): Promise<void> {
  await using handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (codeOf(error) !== 'EINVAL') throw error; // some network file systems cannot sync folders
  }
}

interface TemporaryFile extends AsyncDisposable {
  readonly path: Buffer;
}

async function writeTemporary(folder: Buffer, body: Uint8Array): Promise<TemporaryFile> {
  await makeFolder(folder);
  const path = joinPath(folder, Buffer.from(prefix + randomBytes(8).toString('hex')));
  const remove = () => rm(path, { force: true });
  try {
    await using handle = await open(path, 'wx');
    await handle.writeFile(body);
    await handle.sync();
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

async function makeFolder(folder: Buffer): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= Buffer.byteLength(first); made = folderOf(made)) {
    await syncFolder(folderOf(made));
  }
}

function noLinks(path: Buffer, cause: unknown): UsageError {
  const message = `cannot write ${shown(fileUriOf(path))}: its file system has no hard links; choose another folder`;
  return new UsageError('output_unwritable', message, { cause });
}
