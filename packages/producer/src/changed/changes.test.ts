import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/parts/temp-folder.ts';
import type { SourceImage } from '../source/source.ts';
import { Changes } from './changes.ts';
import { orderKey } from './image-order.ts';
import type { PreviousImage } from './previous-images.ts';
import { inOrder } from './sorted.ts';

/** Few names, so that both sides often share them; among them those that JavaScript and UTF-8 order differently. */
const name = fc.array(fc.constantFrom('a', 'b', '-', '/', '%', ' ', 'é', '\u{ff5e}', '\u{1f63a}'), {
  minLength: 1,
  maxLength: 3,
});
const uri = name.map((characters) => `s3://bucket/${characters.join('')}`);
const image = fc.record({ uri, version: fc.constantFrom('1', '2') });
const images = fc.array(image, { maxLength: 30 });
const bytes = (text: string) => Buffer.from(text, 'utf8');
const byBytes = (a: { uri: string }, b: { uri: string }) => Buffer.compare(bytes(a.uri), bytes(b.uri));

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
/** What becomes of each image, one after another. */
async function* changesOf(
  changes: Changes,
  listing: AsyncIterable<SourceImage>,
): AsyncGenerator<'unchanged' | 'changed'> {
  for await (const image of listing) yield (await changes.next(image)) === null ? 'changed' : 'unchanged';
  await changes.end();
}
/** In batches of `size`, whose borders fall anywhere among the images of one URI. */
async function* cutInto<T>(size: number, items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
  yield [];
}
const previousOf = (those: readonly { uri: string; version: string }[]): PreviousImage[] =>
  those.map((each, index) => ({ ...each, run: 'earlier-run', index }));

describe('the merge of a listing with an earlier run', () => {
  it('carries what has the same URI and version, and counts what is gone', async () => {
    await fc.assert(
      fc.asyncProperty(
        images,
        images,
        fc.nat(30),
        fc.integer({ min: 1, max: 5 }),
        async (now, before, from, size) => {
          const listing = [...now].sort(byBytes);
          const previous = previousOf([...before].sort(byBytes));
          const first = new Map<string, string>();
          for (const { uri, version } of previous) if (!first.has(uri)) first.set(uri, version ?? '');
          const named = new Set(listing.map((each) => each.uri));
          const expected = listing.map((each) =>
            first.get(each.uri) === each.version ? 'unchanged' : 'changed',
          );
          const removed = previous.filter((each) => !named.has(each.uri)).length;

          const whole = new Changes(cutInto(size, previous), null);
          expect(await all(changesOf(whole, stream(listing)))).toEqual(expected);
          expect(whole.removed).toBe(removed);

          // Cut anywhere, and gone on with from the last URI that came: the same.
          const cut = Math.min(from, listing.length);
          const begun = new Changes(cutInto(size, previous), null);
          const head: string[] = [];
          let passed = 0;
          for await (const is of changesOf(begun, stream(listing))) {
            if (head.length === cut) break;
            head.push(is);
            passed = begun.removed;
          }
          const lastUri = listing[cut - 1]?.uri;
          const rest = new Changes(
            cutInto(size, previous),
            lastUri === undefined ? null : { lastUri, removed: passed },
          );
          const tail = await all(changesOf(rest, stream(listing.slice(cut))));
          expect([...head, ...tail]).toEqual(expected);
          expect(rest.removed).toBe(removed);
        },
      ),
    );
  });

  it('refuses a listing that is out of order', async () => {
    const changes = new Changes(stream([]), null);
    const listing = stream([{ uri: 's3://bucket/\u{1f63a}' }, { uri: 's3://bucket/\u{ff5e}' }]);
    await expect(all(changesOf(changes, listing))).rejects.toMatchObject({ code: 'unordered_source' });
  });
});

describe('images in order', () => {
  it('are those of the bytes of their keys, of files those of their paths', async () => {
    await using folder = await temporaryFolder();
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 20 }), async (names) => {
        const paths = names.map((characters) => `/photos/x${characters.join('').replaceAll('/', 'y')}`);
        const files = paths.map((path) => ({ uri: pathToFileURL(path).href }));
        const sorted = (await all(inOrder(stream([files]), folder.path))).flat();
        const expected = [...paths].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
        expect(sorted.map((each) => each.uri)).toEqual(expected.map((path) => pathToFileURL(path).href));
      }),
    );
  });

  it('come from files where they are more than are sorted at once, and those of one URI as they came', async () => {
    await using folder = await temporaryFolder();
    const count = 300_000;
    const uriOf = (n: number) => `s3://bucket/${(n * 7919) % 100_000}`;
    const batches = Array.from({ length: 300 }, (_, batch) =>
      Array.from({ length: 1000 }, (_, n) => ({ uri: uriOf(batch * 1000 + n), place: batch * 1000 + n })),
    );
    const sorted = (await all(inOrder(stream(batches), folder.path))).flat();
    expect(sorted).toHaveLength(count);
    for (const [place, each] of sorted.entries()) {
      const before = sorted[place - 1];
      if (before === undefined) continue;
      const order = before.uri < each.uri || (before.uri === each.uri && before.place < each.place);
      if (!order) expect.fail(`${before.uri} ${before.place} before ${each.uri} ${each.place}`);
    }
  });

  it('a file named with other characters than ours is ordered by the same path', () => {
    expect(orderKey('file:///a%20b')).toBe('file:///a b');
    expect(orderKey('s3://bucket/a%20b')).toBe('s3://bucket/a%20b');
  });
});
