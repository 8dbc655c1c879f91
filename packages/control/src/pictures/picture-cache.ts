/** Pictures on disk, the least used going first. A file that is damaged or gone is made again. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class PictureCache {
  readonly #folder: string;
  readonly #mostBytes: number;
  /** Bytes by file, the least used first. */
  readonly #files = new Map<string, number>();
  #bytes = 0;

  private constructor(folder: string, mostBytes: number) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }

  static async open(folder: string, mostBytes: number): Promise<PictureCache> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const cache = new PictureCache(folder, mostBytes);
    const found: { name: string; bytes: number; at: number }[] = [];
    for (const name of await readdir(folder)) {
      const stats = await stat(join(folder, name)).catch(() => null);
      if (stats !== null) found.push({ name, bytes: stats.size, at: stats.mtimeMs });
    }
    for (const { name, bytes } of found.sort((a, b) => a.at - b.at)) cache.#enter(name, bytes);
    await cache.#evict();
    return cache;
  }

  /** @param what everything that the picture depends on */
  async get(what: readonly unknown[]): Promise<Buffer | null> {
    const name = nameOf(what);
    const bytes = this.#files.get(name);
    if (bytes === undefined) return null;
    this.#enter(name, bytes);
    return readFile(join(this.#folder, name)).catch(() => null);
  }

  async put(what: readonly unknown[], picture: Uint8Array): Promise<void> {
    const name = nameOf(what);
    const half = `${name}.${randomBytes(4).toString('hex')}`;
    await writeFile(join(this.#folder, half), picture, { mode: 0o600 });
    await rename(join(this.#folder, half), join(this.#folder, name));
    this.#enter(name, picture.length);
    await this.#evict();
  }

  #enter(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#files.get(name) ?? 0);
    this.#files.delete(name);
    this.#files.set(name, bytes);
  }

  async #evict(): Promise<void> {
    for (const [name, bytes] of this.#files) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#files.delete(name);
      this.#bytes -= bytes;
      await rm(join(this.#folder, name), { force: true });
    }
  }
}

function nameOf(what: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(what)).digest('hex');
}
