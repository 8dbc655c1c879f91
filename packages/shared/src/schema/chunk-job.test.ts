import { describe, expect, it } from 'vitest';
import { chunkJobSchema, chunkUris, longestUri, mostChunkImages, packChunk } from './chunk-job.ts';

const pack = (uris: string[]) => packChunk('20260101-000000000-abcde', 0, 3, 96, uris);

describe('a chunk job', () => {
  it('stores what its URIs have in common once, and gives them back whole', () => {
    const uris = ['s3://bucket/2026/a.jpg', 's3://bucket/2026/b.jpg', 's3://bucket/2025/c.jpg'];
    const job = pack(uris);
    expect(job.prefix).toBe('s3://bucket/202');
    expect(chunkUris(job)).toEqual(uris);
  });

  it('does not cut an emoji in two, because half of it would not survive UTF-8', () => {
    // 😀 is D83D DE00 and 😁 is D83D DE01: they share their first half
    const uris = ['s3://b/😀', 's3://b/😁'];
    const sent = JSON.parse(Buffer.from(JSON.stringify(pack(uris))).toString('utf8'));
    expect(chunkUris(chunkJobSchema.parse(sent))).toEqual(uris);
    expect(pack(uris).prefix).toBe('s3://b/');
  });

  it('of one image, or of the same image twice, gives them back', () => {
    expect(chunkUris(pack(['s3://b/a']))).toEqual(['s3://b/a']);
    expect(chunkUris(pack(['s3://b/a', 's3://b/a']))).toEqual(['s3://b/a', 's3://b/a']);
  });

  it('is refused when a field is missing, negative or of another type', () => {
    const job = pack(['s3://b/a']);
    for (const broken of [
      { ...job, seq: -1 },
      { ...job, rest: [] },
      { ...job, run: '../x' },
      { ...job, v: 2 },
    ]) {
      expect(chunkJobSchema.safeParse(broken).success).toBe(false);
    }
  });

  it('takes no key but its own, and none as a prototype', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"folder":"x"}',
    );
    const parsed = chunkJobSchema.parse(
      Object.assign(JSON.parse(JSON.stringify(pack(['s3://b/a']))), hostile),
    );
    expect(Object.keys(parsed).sort()).toEqual(['first', 'generation', 'prefix', 'rest', 'run', 'seq', 'v']);
    const own = JSON.parse(`{"__proto__":{"polluted":1},${JSON.stringify(pack(['s3://b/a'])).slice(1)}`);
    expect('polluted' in chunkJobSchema.parse(own)).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  it('with a URI, or a number of them, above the limit is refused', () => {
    const job = pack(['s3://b/a']);
    const most = longestUri + 1 - job.prefix.length;
    const parses = (rest: string[]) => chunkJobSchema.safeParse({ ...job, rest }).success;
    expect(parses(['a'.repeat(most)])).toBe(true);
    expect(parses(['a'.repeat(most + 1)])).toBe(false);
    expect(parses(Array<string>(mostChunkImages).fill('a'))).toBe(true);
    expect(parses(Array<string>(mostChunkImages + 1).fill('a'))).toBe(false);
  });
});
