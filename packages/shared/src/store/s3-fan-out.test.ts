import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fannedOut } from './s3-fan-out.ts';
import { foldersBelow } from './s3-folders.ts';
import type { FolderPage, Page, PageStart } from './s3-list.ts';

const root = 's3://bucket/';

/** A bucket as ListObjectsV2 shows it, by Node's comparison of bytes. */
class Bucket {
  readonly keys: readonly string[];
  readonly #pageSize: number;
  requests = 0;
  #running = 0;
  mostRunning = 0;

  constructor(keys: Iterable<string>, pageSize: number) {
    this.keys = [...new Set(keys)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    this.#pageSize = pageSize;
  }

  page = async (start: PageStart): Promise<Page> => {
    this.requests++;
    this.mostRunning = Math.max(this.mostRunning, ++this.#running);
    await turn();
    this.#running--;
    const { shown, next } = this.#cut(this.keys, start);
    const entries = shown.map((key) => ({ uri: root + key, version: 'v', bytes: 1 }));
    return { entries, last: entries.at(-1)?.uri ?? null, next };
  };

  folders = async (prefix: string, start: PageStart): Promise<FolderPage> => {
    this.requests++;
    const below = prefix.slice(root.length);
    const names = this.keys
      .filter((key) => key.startsWith(below))
      .map((key) => below + (/^[^/]*\/?/.exec(key.slice(below.length))?.[0] ?? ''));
    const { shown, next } = this.#cut([...new Set(names)], start);
    return { folders: shown.filter((name) => name.endsWith('/')).map((name) => root + name), next };
  };

  async list(after: string): Promise<string[]> {
    const splits = () => foldersBelow(this.folders, root, root + after);
    const listed = fannedOut({ page: this.page, splits }, root + after);
    return (await Array.fromAsync(listed)).map(({ uri }) => uri.slice(root.length));
  }

  /** A page of what lies behind `start`; its continuation is the last name on it. */
  #cut(names: readonly string[], start: PageStart): { shown: readonly string[]; next: PageStart | null } {
    const after =
      'ContinuationToken' in start ? start.ContinuationToken : (start as { StartAfter?: string }).StartAfter;
    const behind = names.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(after ?? '')) > 0);
    const shown = behind.slice(0, this.#pageSize);
    const last = shown.at(-1);
    return {
      shown,
      next: last === undefined || shown.length === behind.length ? null : { ContinuationToken: last },
    };
  }
}

// U+FFFD comes before U+10000 in UTF-8, and behind it in UTF-16.
const name = fc.string({
  unit: fc.constantFrom('a', 'b', '0', '-', 'é', '\ufffd', '\u{10000}'),
  maxLength: 2,
});
const key = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

it('gives every key behind the start once, in the order of their UTF-8 bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { maxLength: 150 }),
      key,
      fc.integer({ min: 1, max: 9 }),
      async (keys, after, pageSize) => {
        const bucket = new Bucket(keys.filter(Boolean), pageSize);
        const behind = bucket.keys.filter((one) => Buffer.compare(Buffer.from(one), Buffer.from(after)) > 0);
        expect(await bucket.list(after)).toEqual(behind);
      },
    ),
    { numRuns: 300 },
  );
});

it('lists folders side by side, with few requests more than a plain listing needs', async () => {
  const keys = Array.from({ length: 40 }, (_, folder) =>
    Array.from({ length: 300 }, (_, n) => `${String(folder).padStart(2, '0')}/${String(n).padStart(4, '0')}`),
  ).flat();
  const bucket = new Bucket(keys, 100);
  expect(await bucket.list('')).toEqual(keys);
  expect(bucket.mostRunning).toBe(8);
  // 120 pages hold the keys; each range may ask for one in vain, and the folders take one.
  expect(bucket.requests).toBeLessThanOrEqual(120 + 40 + 1);
});

it('a bucket of tiny folders costs no request for each', async () => {
  const keys = Array.from({ length: 20_000 }, (_, n) => `${String(n).padStart(5, '0')}/a`);
  const bucket = new Bucket(keys, 1_000);
  expect(await bucket.list('')).toEqual(keys);
  expect(bucket.requests).toBeLessThan(100);
});

it('a bucket without folders is listed by one request after the other', async () => {
  const keys = Array.from({ length: 5_000 }, (_, n) => String(n).padStart(5, '0'));
  const bucket = new Bucket(keys, 1_000);
  expect(await bucket.list('')).toEqual(keys);
  expect(bucket.requests).toBe(6);
});

it('an error of a range comes when its turn does, and stops the others', async () => {
  const keys = Array.from({ length: 40 }, (_, n) => `${String(n).padStart(2, '0')}/a`);
  const bucket = new Bucket(keys, 1);
  const failing = async (start: PageStart, signal: AbortSignal) => {
    signal.throwIfAborted();
    const page = await bucket.page(start);
    if (page.last === `${root}05/a`) throw new Error('down');
    return page;
  };
  const seen: string[] = [];
  const listing = fannedOut({ page: failing, splits: () => foldersBelow(bucket.folders, root, root) }, root);
  await expect(
    (async () => {
      for await (const { uri } of listing) seen.push(uri);
    })(),
  ).rejects.toThrow('down');
  expect(seen).toEqual(keys.slice(0, 5).map((one) => root + one));
});
