/** The S3 store against a real S3. */
import { FileStore } from '@labelmill/shared/store/file-store';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { probeCreateOnce } from '@labelmill/shared/store/probe-create-once';
import { connectS3 } from '@labelmill/shared/store/s3-connection';
import { S3Store } from '@labelmill/shared/store/s3-store';
import { openStores } from '@labelmill/shared/store/stores';
import { compareKeys, joinUri, toUri } from '@labelmill/shared/store/uri';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ceph, testCeph } from '../parts/ceph.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

let ceph: Ceph;
let store: S3Store;
let bucket: string;

beforeAll(async () => {
  ceph = await testCeph();
  store = new S3Store(ceph.config, 32);
  bucket = `s3://${await ceph.freshBucket()}`;
});
afterAll(() => store[Symbol.asyncDispose]());

const nasty = [
  'a-b',
  'a/b',
  'a/c/d',
  'a0',
  'a b',
  'a+b',
  'a%20b',
  'a#b?c',
  'é',
  '😀',
  '\uFFFD',
  '<&>"\'',
  'n\nl',
  '\u0001',
];

describe('listing', () => {
  it('names the same keys in the same order as a folder of files does', async () => {
    await using folder = await temporaryFolder();
    const file = new FileStore(null);
    for (const key of nasty) {
      await store.replace(`${bucket}/same/${key}`, Buffer.from(key));
      await file.replace(toUri(`same/${key}`, folder.path), Buffer.from(key));
    }
    const root = toUri('same', folder.path);
    const files = (await uris(file, root)).map((uri) => decodeURIComponent(uri.slice(root.length + 1)));
    const objects = (await uris(store, `${bucket}/same/`)).map((uri) => uri.slice(`${bucket}/same/`.length));
    expect(objects).toEqual(nasty.toSorted(compareKeys));
    expect(files).toEqual(objects);
    for (const key of nasty) expect(await text(`${bucket}/same/${key}`)).toBe(key);
  });

  it('goes through all pages, and on behind any key', async () => {
    const keys = Array.from({ length: 2500 }, (_, n) => `${bucket}/many/${String(n).padStart(4, '0')}`);
    for (let n = 0; n < keys.length; n += 32) {
      await Promise.all(keys.slice(n, n + 32).map((uri) => store.replace(uri, Buffer.alloc(0))));
    }
    expect(await uris(store, `${bucket}/many/`)).toEqual(keys);
    expect(await uris(store, `${bucket}/many/`, keys[1233])).toEqual(keys.slice(1234));
    expect(await uris(store, `${bucket}/many/`, `${bucket}/many/1233!`)).toEqual(keys.slice(1234));
    expect(await uris(store, `${bucket}/many/2`)).toEqual(keys.slice(2000));
    expect(await uris(store, `${bucket}/many/`, `${bucket}/a`)).toEqual(keys);
    expect(await uris(store, `${bucket}/many/`, keys.at(-1))).toEqual([]);
  });

  it('gives the keys of many folders in order, listed side by side', async () => {
    const keys = Array.from({ length: 1_500 }, (_, n) => `${n % 50} ü/${n}`).sort(compareKeys);
    const folders = keys.map((key) => `${bucket}/folders/${key}`);
    for (let n = 0; n < folders.length; n += 32) {
      await Promise.all(folders.slice(n, n + 32).map((uri) => store.replace(uri, Buffer.alloc(1))));
    }
    expect(await uris(store, `${bucket}/folders/`)).toEqual(folders);
    expect(await uris(store, `${bucket}/folders/`, folders[99])).toEqual(folders.slice(100));
  });

  it('gives all keys where a policy refuses to name folders', async () => {
    const refusing = await ceph.freshBucket();
    const keys = Array.from({ length: 1_100 }, (_, n) => `${n % 50}/${n}`).sort(compareKeys);
    const objects = keys.map((key) => `s3://${refusing}/photos/${key}`);
    for (let n = 0; n < objects.length; n += 32)
      await Promise.all(objects.slice(n, n + 32).map((uri) => store.replace(uri, Buffer.alloc(1))));
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:ListBucket' };
    const statement = {
      ...deny,
      Resource: `arn:aws:s3:::${refusing}`,
      Condition: { StringEquals: { 's3:delimiter': '/' } },
    };
    const { sdk, client } = await connectS3(ceph.config, 1);
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await client.send(new sdk.PutBucketPolicyCommand({ Bucket: refusing, Policy }));
    const named = client.send(new sdk.ListObjectsV2Command({ Bucket: refusing, Delimiter: '/' }));
    await expect(named).rejects.toMatchObject({ name: 'AccessDenied' });
    client.destroy();
    expect(await uris(store, `s3://${refusing}/photos/`)).toEqual(objects);
  });

  it('names the folders right below one, however many there are and whatever lies in them', async () => {
    const folders = Array.from({ length: 1_100 }, (_, n) => `${bucket}/out ü/${String(n).padStart(4, '0')}/`);
    const objects = [...folders.map((folder) => `${folder}a/b`), `${folders[7]}c`, `${bucket}/out ü/0007`];
    for (let n = 0; n < objects.length; n += 32)
      await Promise.all(objects.slice(n, n + 32).map((uri) => store.replace(uri, Buffer.alloc(1))));
    expect(await store.folders(`${bucket}/out ü/`)).toEqual(folders);
    expect(await store.folders(`${bucket}/out ü/0007/`)).toEqual([`${bucket}/out ü/0007/a/`]);
    expect(await store.folders(`${bucket}/nowhere/`)).toEqual([]);
  });

  it('passes over the empty objects that stand for folders', async () => {
    await store.replace(`${bucket}/console/`, Buffer.alloc(0));
    await store.replace(`${bucket}/console/a`, Buffer.alloc(0));
    expect(await uris(store, `${bucket}/console/`)).toEqual([`${bucket}/console/a`]);
  });

  it('stops when its reader stops, and when it is told to', async () => {
    for await (const _ of store.list(`${bucket}/many/`)) break;
    const stop = new AbortController();
    const listing = (async () => {
      for await (const _ of store.list(`${bucket}/many/`, { signal: stop.signal }))
        stop.abort(new Error('enough'));
    })();
    await expect(listing).rejects.toThrow('enough');
  });
});

describe('reading', () => {
  it('gives the bytes with the version that the listing names', async () => {
    const uri = `${bucket}/read/a`;
    await store.replace(uri, Buffer.alloc(300_000, 'x'));
    const [entry] = await Array.fromAsync(store.list(uri));
    const { body, version } = await store.read(uri, { maxBytes: 300_000 });
    expect(Buffer.from(body).equals(Buffer.alloc(300_000, 'x'))).toBe(true);
    expect(body.buffer.byteLength).toBe(300_000);
    expect(entry).toEqual({ uri, version, bytes: 300_000 });
    expect(await store.head(uri)).toEqual(entry);
    expect(version).toMatch(/^[0-9a-f]{32}$/);
    const pieces = await Array.fromAsync(store.stream(uri));
    expect(Buffer.concat(pieces)).toHaveLength(300_000);
  });

  it.each([
    'a b',
    'a+b',
    'a%20b',
    'a%2Fb',
    'a//b',
    '/a',
    '//a/',
    'a?b=c#d&e',
    "it's (one) *!",
    'é😀\uFFFD',
    'a=b,c;d:e@f$g~h',
    '\\"<&>',
    'n\nl\t\u0001',
    'a/./b/../c',
    'a/..',
  ])('gives the object that the SDK put at the key %j', async (key) => {
    const uri = `${bucket}/${key}`;
    await store.replace(uri, Buffer.from(key));
    await using reader = new S3Store(ceph.config, 1);
    for (const by of ['the SDK', 'labelmill']) {
      expect([by, Buffer.from((await reader.read(uri)).body).toString()]).toEqual([by, key]);
    }
  });

  it('refuses what is too large before it reads it', async () => {
    await store.replace(`${bucket}/read/large`, Buffer.alloc(5_000_000));
    const limits = { maxBytes: 4_999_999 };
    await expect(store.read(`${bucket}/read/large`, limits)).rejects.toMatchObject({ code: 'too_large' });
    await expect(Array.fromAsync(store.stream(`${bucket}/read/large`, limits))).rejects.toMatchObject({
      code: 'too_large',
    });
    expect((await store.read(`${bucket}/read/large`)).body).toHaveLength(5_000_000);
  });

  it('says of a missing object, and of one in a missing bucket, that it is not there', async () => {
    await expect(store.read(`${bucket}/none`)).rejects.toMatchObject({
      name: 'ImageError',
      code: 'not_found',
    });
    await expect(store.read('s3://no-such-bucket/a')).rejects.toMatchObject({
      name: 'ImageError',
      code: 'not_found',
    });
    await expect(store.read(`${bucket}/`)).rejects.toMatchObject({ code: 'uri_refused' });
    await expect(store.read(`${bucket}/${'k'.repeat(1100)}`)).rejects.toMatchObject({ code: 'uri_refused' });
    expect(await store.head(`${bucket}/none`)).toBeNull();
  });

  it('ends when the time is over and when the caller stops it', async () => {
    const uri = `${bucket}/read/large`;
    await expect(store.read(uri, { timeoutMs: 1 })).rejects.toMatchObject({
      name: 'OutageError',
      code: 's3_timeout',
    });
    const stop = new AbortController();
    const read = store.read(uri, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(read).rejects.toThrow('enough');
  });
});

describe('writing', () => {
  it('lets exactly one of 16 racers create, and keeps its bytes', async () => {
    const uri = `${bucket}/race/part-00000000.jsonl`;
    const racers = Array.from({ length: 16 }, (_, racer) => store.create(uri, Buffer.from(`racer ${racer}`)));
    const outcomes = await Promise.all(racers);
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(await text(uri)).toBe(`racer ${outcomes.indexOf('created')}`);
    expect(await store.create(uri, Buffer.from('late'))).toBe('exists');
  });

  it('replaces as a whole, and removes without complaint', async () => {
    const uri = `${bucket}/replace/a`;
    await store.replace(uri, Buffer.from('old'));
    await store.replace(uri, Buffer.from('new'));
    expect(await text(uri)).toBe('new');
    await store.remove(uri);
    await store.remove(uri);
    expect(await store.head(uri)).toBeNull();
  });

  it('finds out that this store keeps create-once, and leaves no trace of it', async () => {
    expect(await probeCreateOnce(store, `${bucket}/probe`)).toBe(true);
    expect(await uris(store, `${bucket}/probe`)).toEqual([]);
  });

  it('names a bucket that is not there', async () => {
    const wanted = {
      name: 'UsageError',
      code: 'no_such_bucket',
      message: expect.stringContaining('no bucket no-such-bucket at S3 at http'),
    };
    await expect(store.create('s3://no-such-bucket/a', Buffer.from('x'))).rejects.toMatchObject(wanted);
    await expect(uris(store, 's3://no-such-bucket/')).rejects.toMatchObject(wanted);
  });
});

describe('credentials', () => {
  const secret = 'an-entirely-wrong-secret';

  it.each(['read', 'head', 'list', 'create'] as const)(
    '%s with a wrong secret is one clear line without the secret',
    async (method) => {
      const right = process.env.AWS_SECRET_ACCESS_KEY;
      process.env.AWS_SECRET_ACCESS_KEY = secret;
      await using wrong = new S3Store(ceph.config, 1);
      const error = await attempt(wrong, method).finally(() => {
        process.env.AWS_SECRET_ACCESS_KEY = right;
      });
      expect(error).toMatchObject({ name: 'OutageError', code: 's3_credentials', retryable: false });
      expect(error.message).toMatch(
        /^cannot \w+ s3:\/\/\S+: S3 at http:\S+ rejects the credentials \(SignatureDoesNotMatch\): check AWS_\w+ and AWS_\w+$/,
      );
      expect(
        `${error.message} ${error.cause} ${JSON.stringify(error)} ${JSON.stringify(error.cause)}`,
      ).not.toContain(secret);
    },
  );

  it('an unknown key says the same', async () => {
    const right = process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_ACCESS_KEY_ID = 'nobody';
    await using wrong = new S3Store(ceph.config, 1);
    const error = await attempt(wrong, 'read').finally(() => {
      process.env.AWS_ACCESS_KEY_ID = right;
    });
    expect(error).toMatchObject({ code: 's3_credentials' });
  });
});

it('stores for images hand s3:// URIs to S3', async () => {
  await store.replace(`${bucket}/images/a`, Buffer.from('x'));
  await using stores = openStores(ceph.config);
  const uri = `${bucket}/images/a`;
  expect((await stores.for(uri).read(uri)).body).toHaveLength(1);
});

async function attempt(wrong: ObjectStore, method: 'read' | 'head' | 'list' | 'create'): Promise<Error> {
  const uri = joinUri(bucket, 'read/a');
  const calls = {
    read: () => wrong.read(uri),
    head: () => wrong.head(uri),
    list: () => uris(wrong, bucket),
    create: () => wrong.create(uri, Buffer.from('x')),
  };
  return calls[method]().then(
    () => new Error('it was let in'),
    (error: Error) => error,
  );
}

async function uris(from: ObjectStore, prefix: string, after?: string): Promise<string[]> {
  const entries = await Array.fromAsync(from.list(prefix, after === undefined ? {} : { after }));
  return entries.map((entry) => entry.uri);
}

async function text(uri: string): Promise<string> {
  return Buffer.from((await store.read(uri)).body).toString();
}
