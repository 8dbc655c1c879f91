import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileConfinement } from './file-confinement.ts';
import { FileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';
import { compareKeys, joinUri, toUri } from './uri.ts';

const operator = new FileStore(null);
let folder: string;
let uri: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelmill-store-'));
  uri = toUri(folder, '/');
});
afterEach(() => rm(folder, { recursive: true }));

test('lists every regular file below a folder in the order of the bytes of its path', async () => {
  const names = [
    'a',
    'a-b',
    'a/b',
    'a/b/',
    'a0',
    'a b',
    'a%20b',
    'a#b',
    'a+b',
    'a?b',
    'é',
    '😀',
    '\uFFFD',
    'z/y/x',
  ];
  const files = names.filter((name) => !name.endsWith('/') && name !== 'a').map((name) => `in/${name}`);
  for (const name of files) await put(name);
  await mkdir(join(folder, 'in/empty'));
  const keys = (await listed(operator, 'in')).map((listedUri) =>
    decodeURIComponent(listedUri.slice(uri.length + 1)),
  );
  expect(keys).toEqual(files.toSorted(compareKeys));
});

test('names that are not UTF-8 are listed, read and resumed behind', async () => {
  const names = [Buffer.from([0x66, 0xe9, 0x2e]), Buffer.from([0x66, 0xff])];
  for (const name of names) await writeFile(Buffer.concat([Buffer.from(`${folder}/`), name]), name);
  const uris = await listed(operator);
  expect(uris).toEqual([`${uri}/f%E9.`, `${uri}/f%FF`]);
  const store = new FileStore(new FileConfinement([folder]));
  for (const [i, name] of names.entries()) {
    expect(Buffer.from((await store.read(uris[i]!)).body)).toEqual(name);
    expect((await store.head(uris[i]!))?.bytes).toBe(name.length);
  }
  expect(await listed(operator, '', uris[0])).toEqual([uris[1]]);
});

test('a listing goes on behind any URI, whether or not it is there', async () => {
  for (const name of ['a-b', 'a/b', 'a/c/d', 'a0', 'b']) await put(name);
  const all = await listed(operator);
  for (const [i, after] of all.entries()) {
    expect(await listed(operator, '', after)).toEqual(all.slice(i + 1));
    expect(await listed(operator, '', `${after}!`)).toEqual(all.slice(i + 1));
  }
  expect(await listed(operator, '', 'file:///')).toEqual(all);
});

test('a folder that lies before the cursor is not opened', async () => {
  for (const name of ['a/1', 'b/1', 'c/1']) await put(name);
  await rm(join(folder, 'a'), { recursive: true });
  await symlink('nowhere', join(folder, 'a'));
  expect(await listed(operator, '', `${uri}/b/0`)).toEqual([`${uri}/b/1`, `${uri}/c/1`]);
});

test('links to files are followed, links to folders, broken ones, pipes and unfinished files are not listed', async () => {
  await put('real/a.jpg');
  await symlink('real/a.jpg', join(folder, 'link.jpg'));
  await symlink('real', join(folder, 'circle'));
  await symlink('nowhere', join(folder, 'broken'));
  await put('.labelmill-tmp-0011223344556677');
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(await listed(operator)).toEqual([`${uri}/link.jpg`, `${uri}/real/a.jpg`]);
});

test('a confined listing leaves out links that leave the roots', async () => {
  await put('in/a');
  await put('out/b');
  await symlink('../out/b', join(folder, 'in/link'));
  await symlink('a', join(folder, 'in/same'));
  const confined = new FileStore(new FileConfinement([join(folder, 'in')]));
  expect(await listed(confined, 'in')).toEqual([`${uri}/in/a`, `${uri}/in/same`]);
});

test('the folders right below a folder are named in the order of their bytes; of one that is missing, or a file, there are none', async () => {
  for (const name of ['b/x/y', 'a b/x', 'a-b/x', 'c']) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
  }
  await symlink(join(folder, 'b'), join(folder, 'link'));
  expect(await operator.folders(uri)).toEqual([`${uri}/a%20b/`, `${uri}/a-b/`, `${uri}/b/`]);
  expect(await operator.folders(`${uri}/b/`)).toEqual([`${uri}/b/x/`]);
  expect(await operator.folders(`${uri}/nowhere/`)).toEqual([]);
  expect(await operator.folders(`${uri}/c/`)).toEqual([]);
});

test('a folder that is missing or no folder says so in one line', async () => {
  await put('file');
  await expect(listed(operator, 'nowhere')).rejects.toMatchObject({
    code: 'source_unreadable',
    message: `cannot list ${uri}/nowhere: no such folder`,
  });
  await expect(listed(operator, 'file')).rejects.toMatchObject({ code: 'source_unreadable' });
});

test('the version is that of the bytes read, and changes with them', async () => {
  await put('a', 'one');
  const first = await operator.read(`${uri}/a`);
  const [entry] = await entries(operator);
  expect(first.version).toBe(entry!.version);
  expect((await operator.head(`${uri}/a`))?.version).toBe(first.version);
  expect(first.version).toMatch(/^3-\d{19}$/);
  await put('a', 'two');
  await utimes(join(folder, 'a'), 1, 1);
  const second = await operator.read(`${uri}/a`);
  expect(Buffer.from(second.body).toString()).toBe('two');
  expect(second.version).toBe('3-1000000000');
});

test('reading is confined to the roots, whatever the URI', async () => {
  await put('roots/in/a', 'inside');
  await put('roots-too/secret');
  await symlink('../../roots-too/secret', join(folder, 'roots/in/file-link'));
  await symlink('../../roots-too', join(folder, 'roots/in/folder-link'));
  await symlink('a', join(folder, 'roots/in/good-link'));
  const store = new FileStore(new FileConfinement([join(folder, 'roots')]));
  for (const good of ['roots/in/a', 'roots/in/good-link', 'roots/../roots/in/a']) {
    expect(Buffer.from((await store.read(`${uri}/${good}`)).body).toString()).toBe('inside');
  }
  const bad = [
    'roots/in/file-link',
    'roots/in/folder-link/secret',
    'roots/../roots-too/secret',
    'roots-too/secret',
  ];
  for (const name of bad) {
    await expect(store.read(`${uri}/${name}`)).rejects.toMatchObject({ code: 'uri_refused' });
    await expect(store.head(`${uri}/${name}`)).rejects.toMatchObject({ code: 'uri_refused' });
    await expect(firstOf(store.stream(`${uri}/${name}`))).rejects.toMatchObject({ code: 'uri_refused' });
  }
});

test('without roots nothing can be read', async () => {
  await put('a');
  const store = new FileStore(new FileConfinement([]));
  await expect(store.read(`${uri}/a`)).rejects.toMatchObject({ code: 'uri_refused' });
});

test.each(['file:///proc/self/environ', 'file:///sys/kernel/notes', 'file:///dev/zero', 'file:///dev/fd/0'])(
  '%s is refused even where every file may be read',
  async (special) => {
    const store = new FileStore(new FileConfinement(['/']));
    await expect(store.read(special)).rejects.toMatchObject({ code: 'uri_refused' });
  },
);

test('pipes and folders are refused without waiting for them', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  for (const store of [operator, new FileStore(new FileConfinement(['/']))]) {
    await expect(store.read(`${uri}/pipe`)).rejects.toMatchObject({ code: 'uri_refused' });
    await expect(store.read(uri)).rejects.toMatchObject({ code: 'uri_refused' });
    await expect(store.read(`${uri}/`)).rejects.toMatchObject({ code: 'uri_refused' });
  }
});

test('a missing file and one above the limit are errors of that file alone', async () => {
  await put('a', '12345');
  const store = new FileStore(new FileConfinement([folder]));
  await expect(store.read(`${uri}/b`)).rejects.toMatchObject({ code: 'not_found', retryable: false });
  await expect(store.read(`${uri}/a/b`)).rejects.toMatchObject({ code: 'not_found' });
  await expect(store.read(`${uri}/a`, { maxBytes: 4 })).rejects.toMatchObject({ code: 'too_large' });
  await expect(firstOf(store.stream(`${uri}/a`, { maxBytes: 4 }))).rejects.toMatchObject({
    code: 'too_large',
  });
  expect((await store.read(`${uri}/a`, { maxBytes: 5 })).body).toHaveLength(5);
});

test('a folder that moves away and comes back under another link is found again', async () => {
  await put('one/a', 'one');
  await put('two/a', 'two');
  await symlink('one', join(folder, 'link'));
  const store = new FileStore(new FileConfinement([folder]));
  await store.read(`${uri}/link/a`);
  await rm(join(folder, 'link'));
  await symlink('two', join(folder, 'link'));
  await rename(join(folder, 'one'), join(folder, 'gone'));
  expect(Buffer.from((await store.read(`${uri}/link/a`)).body).toString()).toBe('two');
});

test('of 16 racers exactly one creates, and its bytes stay', async () => {
  const target = joinUri(uri, 'run/labels/part-00000000.jsonl');
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, (_, racer) => operator.create(target, Buffer.from(`racer ${racer}`))),
  );
  expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
  const winner = outcomes.indexOf('created');
  expect(Buffer.from((await operator.read(target)).body).toString()).toBe(`racer ${winner}`);
  expect(await readdir(join(folder, 'run/labels'))).toEqual(['part-00000000.jsonl']);
});

test('a process killed while it creates leaves the old file, the new file or nothing, and no trace in the listing', async () => {
  const store = new URL('./file-store.ts', import.meta.url).href;
  const script = `
    const { FileStore } = await import(${JSON.stringify(store)});
    const operator = new FileStore(null);
    process.stdout.write('go');
    for (let i = 0; ; i++) {
      const body = Buffer.alloc(300_000, String(i % 10));
      await operator.create(${JSON.stringify(uri)} + '/created/' + i, body);
      await operator.replace(${JSON.stringify(uri)} + '/replaced', body);
    }`;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    while ((await operator.head(`${uri}/replaced`)) === null) await operator.head(uri);
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const { uri: listedUri, bytes } of await entries(operator)) {
      expect(bytes).toBe(300_000);
      expect(new Set((await operator.read(listedUri)).body).size).toBe(1);
    }
    await rm(folder, { recursive: true });
    await mkdir(folder);
  }
});

test('whoever reads while the file is replaced sees the old or the new bytes', async () => {
  const target = `${uri}/a`;
  await operator.replace(target, Buffer.alloc(100_000, '0'));
  let writing = true;
  const writes = (async () => {
    for (let i = 1; i < 40; i++) await operator.replace(target, Buffer.alloc(100_000 - i, String(i % 10)));
    writing = false;
  })();
  while (writing) {
    const { body, version } = await operator.read(target);
    expect(new Set(body).size).toBe(1);
    expect(version).toMatch(new RegExp(`^${body.length}-`));
  }
  await writes;
});

test('a file can be removed, and removing it again is quiet', async () => {
  await put('a');
  await operator.remove(`${uri}/a`);
  await operator.remove(`${uri}/a`);
  await operator.remove(`${uri}/no/such/folder`);
  expect(await operator.head(`${uri}/a`)).toBeNull();
});

test('an unwritable place says so in one line and leaves nothing', async () => {
  await put('file');
  await expect(operator.create(`${uri}/file/run.json`, Buffer.from('x'))).rejects.toMatchObject({
    code: 'output_unwritable',
    message: `cannot write ${uri}/file/run.json: a part of the path is not a folder`,
  });
  await expect(operator.replace(`file:///proc/run.json`, Buffer.from('x'))).rejects.toMatchObject({
    code: 'output_unwritable',
  });
  expect(await listed(operator)).toEqual([`${uri}/file`]);
});

test.runIf(process.getuid?.() !== 0)('files and folders without permission say so', async () => {
  await put('locked/a');
  await chmod(join(folder, 'locked/a'), 0);
  await expect(operator.read(`${uri}/locked/a`)).rejects.toMatchObject({
    code: 'forbidden',
    retryable: true,
  });
  await chmod(join(folder, 'locked'), 0);
  await expect(listed(operator)).rejects.toMatchObject({ code: 'source_unreadable' });
  await chmod(join(folder, 'locked'), 0o700);
});

test('a large file streams in pieces', async () => {
  await writeFile(join(folder, 'large'), Buffer.alloc(1_000_000, 'x'));
  const sizes: number[] = [];
  for await (const piece of operator.stream(`${uri}/large`)) sizes.push(piece.length);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(1_000_000);
});

async function put(name: string, body = name): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, body);
  expect(await readFile(path, 'utf8')).toBe(body);
}

async function entries(store: ObjectStore, below = '', after?: string) {
  return Array.fromAsync(store.list(joinUri(uri, below), after === undefined ? {} : { after }));
}

async function listed(store: ObjectStore, below = '', after?: string): Promise<string[]> {
  return (await entries(store, below, after)).map((entry) => entry.uri);
}

async function firstOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  for await (const piece of pieces) return piece;
  return undefined;
}
