import { describe, expect, it } from 'vitest';
import { chunkJobSchema, chunkUris, packChunk } from './chunk-job.ts';

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
});
