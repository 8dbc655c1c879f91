import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Comparison } from './comparison.ts';
import type { RecordIndex } from './record-index.ts';

/** Each has a file of 4 bytes an image. */
const mostKept = 8;

/** Comparisons that were made, as long as neither of the two indexes changes. */
export class Comparisons implements AsyncDisposable {
  readonly #folder: string;
  readonly #made = new Map<string, { readonly path: string; readonly comparison: Promise<Comparison> }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async of(one: RecordIndex, other: RecordIndex): Promise<Comparison> {
    const key = [one.path, one.version, other.path, other.version].join(' ');
    const known = this.#made.get(key);
    if (known !== undefined) return known.comparison;
    const path = join(this.#folder, `new-compared-${randomBytes(8).toString('hex')}`);
    const comparison = mkdir(path, { recursive: true, mode: 0o700 }).then(() =>
      Comparison.make(one, other, path),
    );
    this.#made.set(key, { path, comparison });
    comparison.catch(() => this.#drop(key));
    if (this.#made.size > mostKept) await this.#drop(this.#made.keys().next().value ?? '');
    return comparison;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of [...this.#made.keys()]) await this.#drop(key);
  }

  async #drop(key: string): Promise<void> {
    const made = this.#made.get(key);
    this.#made.delete(key);
    if (made === undefined) return;
    await (await made.comparison.catch(() => null))?.[Symbol.asyncDispose]();
    await rm(made.path, { recursive: true, force: true });
  }
}
