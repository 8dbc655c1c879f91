import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeSegment, SegmentDraft, segmentChunks } from './segment.ts';

describe('manifest segments', () => {
  it('grow from one chunk by doubling, to at most 16,384 images', () => {
    expect([0, 1, 2, 3].map((segment) => segmentChunks(segment, 256))).toEqual([1, 2, 4, 8]);
    // floor(16,384 / 100) = 163
    expect(segmentChunks(8, 100)).toBe(163);
    expect(segmentChunks(1000, 100)).toBe(163);
  });

  it('hold at least one chunk, however large a chunk is', () => {
    expect(segmentChunks(5, 1_000_000)).toBe(1);
  });

  it('that unpack into more than any segment holds are refused, not unpacked', async () => {
    // 600 MB of zeros in 600 kB
    const bomb = gzipSync(Buffer.alloc(600_000_000), { level: 1 });
    const refused = { code: 'broken_manifest', cause: { code: 'ERR_BUFFER_TOO_LARGE' } };
    await expect(decodeSegment(bomb, 'a segment')).rejects.toMatchObject(refused);
  });

  it('that unpack into nothing but line breaks are refused at the first', async () => {
    // 150 MB; a list of so many lines would end the process.
    const bomb = gzipSync(Buffer.alloc(150_000_000, '\n'), { level: 1 });
    await expect(decodeSegment(bomb, 'a segment')).rejects.toMatchObject({ code: 'broken_manifest' });
  });

  it('come back as they were written, names outside ASCII included', async () => {
    const images = [
      { index: 0, uri: 's3://b/é 😀.jpg', version: 'abc', bytes: 7 },
      { index: 1, uri: 's3://b/"quoted"\n.jpg' },
    ];
    const draft = new SegmentDraft();
    for (const image of images) draft.add([image]);
    expect([...draft.read()]).toEqual(images.map((image) => [image]));
    expect(await decodeSegment(await draft.encode(), 'segment 0')).toEqual(images);
  });

  it('name themselves when they are damaged', async () => {
    await expect(decodeSegment(Buffer.from('no gzip'), 's3://b/manifest/00000003.jsonl.gz')).rejects.toThrow(
      's3://b/manifest/00000003.jsonl.gz cannot be read',
    );
  });
});
