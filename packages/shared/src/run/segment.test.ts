import { describe, expect, it } from 'vitest';
import { decodeSegment, encodeSegment, segmentChunks, segmentFirstChunk } from './segment.ts';

describe('manifest segments', () => {
  it('grow from one chunk by doubling, to at most 100,000 images', () => {
    expect([0, 1, 2, 3].map((segment) => segmentChunks(segment, 256))).toEqual([1, 2, 4, 8]);
    // floor(100,000 / 256) = 390
    expect(segmentChunks(9, 256)).toBe(390);
    expect(segmentChunks(1000, 256)).toBe(390);
  });

  it('hold at least one chunk, however large a chunk is', () => {
    expect(segmentChunks(5, 1_000_000)).toBe(1);
  });

  it('begin where the ones before end', () => {
    // 1 + 2 + 4 chunks lie before segment 3
    expect(segmentFirstChunk(0, 32)).toBe(0);
    expect(segmentFirstChunk(3, 32)).toBe(7);
  });

  it('come back as they were written, names outside ASCII included', async () => {
    const images = [
      { index: 0, uri: 's3://b/é 😀.jpg', version: 'abc', bytes: 7 },
      { index: 1, uri: 's3://b/"quoted"\n.jpg' },
    ];
    expect(await decodeSegment(await encodeSegment(images), 'segment 0')).toEqual(images);
  });

  it('name themselves when they are damaged', async () => {
    await expect(decodeSegment(Buffer.from('no gzip'), 's3://b/manifest/00000003.jsonl.gz')).rejects.toThrow(
      's3://b/manifest/00000003.jsonl.gz cannot be read',
    );
  });
});
