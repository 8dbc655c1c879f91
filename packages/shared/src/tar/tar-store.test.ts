import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../../../test/parts/temp-folder.ts';
import { storeConfigSchema } from '../store/store-config.ts';
import { openStores, type Stores } from '../store/stores.ts';
import { memberOf, memberUri } from './member-uri.ts';

let folder: TemporaryFolder;
let shard: string;
let stores: Stores;
beforeEach(async () => {
  folder = await temporaryFolder();
  shard = pathToFileURL(join(folder.path, 'shard.tar')).href;
  stores = openStores(storeConfigSchema.parse({ fileRoots: [folder.path] }));
  await writeFile(join(folder.path, 'a.jpg'), 'first');
  await writeFile(join(folder.path, 'b.jpg'), 'later');
  await tar('a.jpg', 'b.jpg');
});
afterEach(() => folder[Symbol.asyncDispose]());

async function tar(...names: string[]): Promise<void> {
  await promisify(execFile)('tar', ['-C', folder.path, '-cf', join(folder.path, 'shard.tar'), ...names]);
}

/** Of GNU tar's layout: a block of header, a block of content, and again. */
const second = (length = 5, name = 'b.jpg') => memberUri({ shard, name, offset: 1536, length });
const read = (uri: string, maxBytes = 100) => stores.for(uri).read(uri, { maxBytes });

it('reads the bytes of one member, with the version of the shard', async () => {
  const { body, version } = await read(second());
  expect(Buffer.from(body).toString()).toBe('later');
  expect(version).toBe((await stores.for(shard).head(shard))?.version);
});

it('a shard that was written again gives no image under the name of another', async () => {
  await writeFile(join(folder.path, 'c.jpg'), 'other');
  await tar('a.jpg', 'c.jpg');
  await expect(read(second())).rejects.toMatchObject({ code: 'not_found' });
  await copyFile(join(folder.path, 'a.jpg'), join(folder.path, 'shard.tar'));
  await expect(read(second())).rejects.toMatchObject({ code: 'not_found' });
});

it('asks for no more than the limit, whatever the URI says', async () => {
  await expect(read(second(101))).rejects.toMatchObject({ code: 'too_large' });
  await expect(read(second(6))).rejects.toMatchObject({ code: 'not_found' });
});

it('reads no shard outside the roots', async () => {
  const uri = memberUri({ shard: 'file:///etc/passwd', name: 'a.jpg', offset: 512, length: 5 });
  await expect(read(uri)).rejects.toMatchObject({ code: 'uri_refused' });
});

it.each([
  'tar+file:///shard.tar',
  'tar+file:///shard.tar#a.jpg',
  'tar+file:///shard.tar#a.jpg@512',
  'tar+file:///shard.tar#a.jpg@-1+5',
  'tar+file:///shard.tar#a.jpg@9007199254740991+1',
  'tar+https://host/shard.tar#a.jpg@512+5',
  'tar+tar+file:///shard.tar#a.jpg@512+5',
])('%s is refused', async (uri) => {
  expect(() => memberOf(uri)).toThrow(/not tar\+s3:/);
});

it('names of shards and of members may hold what separates them', () => {
  const member = { shard: 's3://b/a#b%23+1@2.tar', name: 'x#y@1+2.jpg', offset: 512, length: 3 };
  expect(memberUri(member)).toBe('tar+s3://b/a%23b%2523+1@2.tar#x#y@1+2.jpg@512+3');
  expect(memberOf(memberUri(member))).toEqual(member);
});
