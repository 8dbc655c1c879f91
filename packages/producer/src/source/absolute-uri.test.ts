import { describe, expect, it } from 'vitest';
import { absoluteUri } from './absolute-uri.ts';

describe('a line of a manifest', () => {
  it('that is a URI stays as it is', () => {
    expect(absoluteUri('s3://b/a b%.jpg', 'file:///x/list.txt')).toBe('s3://b/a b%.jpg');
  });

  it('that is a relative path means a file beside the manifest', () => {
    expect(absoluteUri('photos/a b.jpg', 'file:///x/list.txt')).toBe('file:///x/photos/a%20b.jpg');
    expect(absoluteUri('../a.jpg', 'file:///x/y/list.txt')).toBe('file:///x/a.jpg');
  });

  it('may hold %, # and ? as ordinary characters', () => {
    expect(absoluteUri('100%#1?.jpg', 'file:///x/list.txt')).toBe('file:///x/100%25%231%3F.jpg');
  });

  it('may hold half a surrogate pair, as broken text does', () => {
    // U+FFFD is EF BF BD in UTF-8
    expect(absoluteUri('a\ud800.jpg', 'file:///x/list.jsonl')).toBe('file:///x/a%EF%BF%BD.jpg');
  });

  it('of a manifest in S3 is a key beside it', () => {
    expect(absoluteUri('photos/a b.jpg', 's3://b/lists/list.txt')).toBe('s3://b/lists/photos/a b.jpg');
  });

  it('that is an absolute path is a file', () => {
    expect(absoluteUri('/data/a.jpg', 's3://b/list.txt')).toBe('file:///data/a.jpg');
  });
});
