import { describe, expect, it } from 'vitest';
import { DistinctSource } from './distinct-source.ts';
import { StreamSource } from './stream-source.ts';
import { UriSet } from './uri-set.ts';

const forever = new AbortController().signal;
const uri = (name: string | number) => `s3://b/${name}`;
const of = (names: string, limit?: number) =>
  new DistinctSource(new StreamSource([...names].map(uri)), limit);
async function taken(source: DistinctSource, after: { images: number; lastUri: string } | null = null) {
  const images = await Array.fromAsync(source.images(after, forever));
  return images.map((image) => image.uri.slice(uri('').length)).join('');
}

describe('a source without its duplicates', () => {
  it('gives each URI where it first comes, and counts the others', async () => {
    const source = of('abacabad');
    expect(await taken(source)).toBe('abcd');
    expect(source.duplicates).toBe(4);
    expect(source.spec).toMatchObject({ dedupe: true });
  });

  it('goes on behind a cursor as if it had not stopped, with the same count', async () => {
    for (const [images, rest] of [
      [1, 'bcd'],
      [2, 'cd'],
      [3, 'd'],
      [4, ''],
    ] as const) {
      const source = of('abacabad');
      expect(await taken(source, { images, lastUri: uri('abcd'[images - 1]!) })).toBe(rest);
      expect(source.duplicates).toBe(4);
    }
  });

  it('counts anew when it is read again', async () => {
    const source = of('aab');
    await taken(source);
    await taken(source);
    expect(source.duplicates).toBe(1);
  });

  it('takes its limit of different images', async () => {
    expect(await taken(of('aabbccdd', 3))).toBe('abc');
    expect(await taken(of('aabbccdd', 3), { images: 3, lastUri: uri('c') })).toBe('');
  });

  it('refuses to go on with a source that has changed', async () => {
    const resumed = taken(of('axc'), { images: 2, lastUri: uri('b') });
    await expect(resumed).rejects.toMatchObject({ code: 'source_changed' });
  });
});

it('a set of URIs knows every one of a hundred thousand again, and no other', () => {
  const set = new UriSet();
  const count = 100_000;
  for (let n = 0; n < count; n++) expect(set.add(uri(n))).toBe(true);
  for (let n = 0; n < count; n++) expect(set.add(uri(n))).toBe(false);
  expect(set.add(uri(count))).toBe(true);
  expect(set.size).toBe(count + 1);
});
