import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filePathOf, fileUriOf } from './file-uri.ts';
import { compareKeys, joinUri, schemeOf, toUri } from './uri.ts';

test('keys are ordered by their UTF-8 bytes, not by UTF-16 code units', () => {
  const keys = ['a', 'a-b', 'a/b', 'a0', 'é', '\uFFFD', '😀'];
  expect([...keys].sort()).not.toEqual(keys);
  expect([...keys].reverse().sort(compareKeys)).toEqual(keys);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('a plain path becomes a file URI, and a URI stays as it is', () => {
  expect(toUri('photos/ä b#1.jpg', '/home/me')).toBe('file:///home/me/photos/%C3%A4%20b%231.jpg');
  expect(toUri('../100%', '/home/me')).toBe('file:///home/100%25');
  expect(toUri('s3://bucket/a b#c', '/')).toBe('s3://bucket/a b#c');
});

test('a name is joined to a folder with one slash', () => {
  expect(joinUri('s3://b/run', 'run.json')).toBe('s3://b/run/run.json');
  expect(joinUri('file:///out/', 'labels/part-0.jsonl')).toBe('file:///out/labels/part-0.jsonl');
});

test('the scheme is what stands before ://', () => {
  expect(['S3://b/k', 'file:///a', 'photos', '://x'].map(schemeOf)).toEqual(['s3', 'file', '', '']);
});

test('any path survives as a file URI, UTF-8 or not', () => {
  const segment = fc
    .uint8Array({ minLength: 1, maxLength: 12 })
    .map((bytes) => bytes.map((b) => (b === 0 || b === 0x2f ? 0x61 : b)));
  fc.assert(
    fc.property(segment, (name) => {
      const path = Buffer.concat([Buffer.from('/x'), name]);
      expect(filePathOf(fileUriOf(path)).equals(path)).toBe(true);
    }),
  );
});

test('a file URI is what Node makes of the same path', () => {
  const usual = fc.string({ unit: 'binary' }).map((name) => `/x/${name.replaceAll(/[\0/]/g, '')}.jpg`);
  fc.assert(
    fc.property(usual, (path) => {
      expect(fileUriOf(Buffer.from(path))).toBe(pathToFileURL(path).href);
    }),
  );
});

test.each(['file://host/a', 'file:///a?b', 'file:///a#b', 'file:///a%2Fb', 'file:///a%00', 'a', 's3://b/k'])(
  '%s is refused as a file URI',
  (uri) => {
    expect(() => filePathOf(uri)).toThrow(expect.objectContaining({ code: 'uri_refused' }));
  },
);
