import { expect, test } from 'vitest';
import { hasPlaceForSecret, withoutSecrets } from './secret-in-uri.ts';
import { shown } from './shown-uri.ts';

// Amazon: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html; Azure: `sig` of a SAS token.
const signed = [
  ['https://b.s3.amazonaws.com/a.jpg?X-Amz-Date=1&X-Amz-Signature=5ecre7', 'X-Amz-Date=1&X-Amz-Signature=…'],
  ['https://b.s3.amazonaws.com/a.jpg?x-amz-security-token=5ecre7&v=2', 'x-amz-security-token=…&v=2'],
  ['https://storage.googleapis.com/b/a.jpg?X-Goog-Signature=5ecre7#f', 'X-Goog-Signature=…#f'],
  ['https://x.blob.core.windows.net/c/a.jpg?se=2026&sig=5ecre7%3D', 'se=2026&sig=…'],
  ['https://me:5ecre7@example.org/a.jpg', 'https://…@example.org/a.jpg'],
  ['ftp://me:5ecre7@example.org/a.jpg', 'ftp://…@example.org/a.jpg'],
  [' HTTPS://5ecre7@example.org/a.jpg', ' HTTPS://…@example.org/a.jpg'],
] as const;

test.each(signed)('%s is kept and shown without its secret', (uri, rest) => {
  expect(withoutSecrets(uri)).not.toContain('5ecre7');
  expect(withoutSecrets(uri)).toContain(rest);
  expect(shown(uri)).not.toContain('5ecre7');
  expect(hasPlaceForSecret(uri)).toBe(true);
  expect(hasPlaceForSecret(withoutSecrets(uri))).toBe(true);
});

test.each([
  's3://bucket/a?sig=1&b@c.jpg',
  'file:///a@b/c.jpg',
  'https://example.org/a@b.jpg?size=2&design=3',
])('%s holds none', (uri) => {
  expect(withoutSecrets(uri)).toBe(uri);
  expect(hasPlaceForSecret(uri)).toBe(false);
});
