import { longestUri } from '@labelmill/shared/schema/chunk-job';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openStores } from '@labelmill/shared/store/stores';
import { expect, test } from 'vitest';
import { listedUri } from './listed-uri.ts';
import { StreamSource } from './stream-source.ts';

const never = new AbortController().signal;

test.each([
  ['a signed URL', 'https://images.example.org/a.jpg?X-Amz-Signature=5ecre7'],
  ['a password', 'https://me:5ecre7@images.example.org/a.jpg'],
  ['a URI longer than any name', `s3://bucket/${'a'.repeat(longestUri)}`],
  ['one whose cut goes through an emoji', `s3://bucket/${'a'.repeat(longestUri - 14)}😀😀😀`],
])('%s is listed as one image, without the secret and bounded, that no store reads', async (_, uri) => {
  const [image] = await Array.fromAsync(new StreamSource([uri]).images(null, never));
  const listed = image?.uri ?? '';
  expect(listed).not.toContain('5ecre7');
  expect(listed.length).toBeLessThanOrEqual(longestUri + 1);
  expect(listed.isWellFormed()).toBe(true);
  await using stores = openStores(storeConfigSchema.parse({ httpsHosts: ['images.example.org'] }));
  const refused = { name: 'ImageError', code: 'uri_refused' };
  await expect((async () => stores.for(listed).read(listed))()).rejects.toMatchObject(refused);
});

test('every other URI is listed as it is, and a run goes on behind one that was changed', async () => {
  const uris = ['s3://b/a b?sig=1', 'https://images.example.org/a.jpg?size=2', 'not a URI', 'file:///a%20b'];
  expect(uris.map(listedUri)).toEqual(uris);
  const source = () => new StreamSource(['https://x/a?sig=5ecre7', 's3://b/next']);
  const [first] = await Array.fromAsync(source().images(null, never));
  const after = { images: 1, lastUri: first?.uri ?? '' };
  expect(await Array.fromAsync(source().images(after, never))).toEqual([{ uri: 's3://b/next' }]);
});
