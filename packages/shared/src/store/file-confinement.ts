/**
 * Opens files only below given folders, whatever the URI says: what counts is where the path really leads.
 * It guards against URIs from strangers, not against someone who changes links inside the roots meanwhile.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { codeOf, ImageError } from '../errors.ts';
import { fileUriOf, folderOf, joinPath, nameOf, slash } from './file-uri.ts';
import { shown } from './shown-uri.ts';

/** Not even with `/` as a root: their files are views into processes and the kernel. */
const neverRead = ['/proc/', '/sys/'].map((folder) => Buffer.from(folder));
const rememberedFolders = 4_096;
/** A FIFO must not block the open, nor a terminal become ours; whether it is a regular file is seen once it is open. */
export const readFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

export class FileConfinement {
  readonly #roots: readonly string[];
  #realRoots: Promise<Buffer[]> | undefined;
  /** Real path by path as written: saves the resolution for every further file of a folder. */
  readonly #realFolders = new Map<string, Buffer>();

  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /** Opens for reading. Throws `ImageError` `uri_refused`, or Node's error. */
  async open(path: Buffer): Promise<FileHandle> {
    const key = folderOf(path).toString('latin1');
    const remembered = this.#realFolders.get(key);
    try {
      return await this.#openIn(remembered ?? (await this.#realFolder(key)), path);
    } catch (error) {
      if (!remembered || codeOf(error) !== 'ENOENT') throw error;
      this.#realFolders.delete(key); // the folder may have been moved, or its link turned, since it was resolved
      return this.#openIn(await this.#realFolder(key), path);
    }
  }

  /** Does this path, links followed, lead to a place below the roots? Throws Node's error. */
  async allows(path: Buffer): Promise<boolean> {
    return this.#contains(await realpath(path, 'buffer'));
  }

  async #openIn(realFolder: Buffer, path: Buffer): Promise<FileHandle> {
    const file = joinPath(realFolder, nameOf(path));
    if (!(await this.#contains(file))) throw refusal(path);
    try {
      return await open(file, readFlags | constants.O_NOFOLLOW);
    } catch (error) {
      if (codeOf(error) !== 'ELOOP') throw error; // ELOOP: the last segment is a link
    }
    const target = await realpath(file, 'buffer');
    if (!(await this.#contains(target))) throw refusal(path);
    return open(target, readFlags | constants.O_NOFOLLOW);
  }

  async #realFolder(key: string): Promise<Buffer> {
    const real = await realpath(Buffer.from(key, 'latin1'), 'buffer');
    if (this.#realFolders.size >= rememberedFolders) this.#realFolders.clear();
    this.#realFolders.set(key, real);
    return real;
  }

  async #contains(real: Buffer): Promise<boolean> {
    if (neverRead.some((folder) => startsWith(real, folder))) return false;
    this.#realRoots ??= Promise.all(this.#roots.map(realRoot));
    return (await this.#realRoots).some((root) => startsWith(real, root));
  }
}

/** With a slash at its end, so that `/data` does not let `/data2` in. */
async function realRoot(root: string): Promise<Buffer> {
  const real = await realpath(root, 'buffer').catch(() => Buffer.from(root));
  return real.at(-1) === slash ? real : Buffer.concat([real, Buffer.of(slash)]);
}

function startsWith(path: Buffer, prefix: Buffer): boolean {
  return path.length >= prefix.length && path.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}

function refusal(path: Buffer): ImageError {
  return new ImageError('uri_refused', `${shown(fileUriOf(path))}: outside the folders that may be read`);
}
