/** Against GNU tar: what it wrote is found where it is. And archives that no tar wrote. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TarMember } from './member-uri.ts';
import { tarMembers } from './tar-members.ts';

const run = promisify(execFile);
const shard = 'file:///shard.tar';
const long = `${'folder-of-ninety-characters-'.repeat(4)}/${'n'.repeat(180)}.jpg`;
const files: Readonly<Record<string, string>> = {
  'a.jpg': 'first',
  'empty.jpg': '',
  'whole-block.png': 'b'.repeat(512),
  'ümlaut 日本.jpg': 'names are UTF-8',
  [long]: 'a long name',
  'under/b.jpg': 'x'.repeat(70_000),
};
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelmill-tar-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'images', name)), { recursive: true });
    await writeFile(join(folder, 'images', name), text);
  }
  await symlink('/etc/passwd', join(folder, 'images/link.jpg'));
  await run('ln', [join(folder, 'images/a.jpg'), join(folder, 'images/second-name.jpg')]);
});
afterAll(() => rm(folder, { recursive: true }));

async function tar(...options: string[]): Promise<Buffer> {
  const names = [...Object.keys(files), 'link.jpg', 'second-name.jpg'];
  const path = join(folder, 'shard.tar');
  await run('tar', ['-C', join(folder, 'images'), ...options, '-cf', path, ...names]);
  return readFile(path);
}

async function* pieces(bytes: Buffer, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function membersOf(bytes: Buffer, from = 0): Promise<TarMember[]> {
  return Array.fromAsync(tarMembers(shard, pieces(bytes.subarray(from)), from, bytes.length));
}

describe('what GNU tar writes as', () => {
  it.each(['gnu', 'pax', 'posix'])(
    '%s is found by name, with its bytes; links are left out',
    async (format) => {
      const bytes = await tar(`--format=${format}`);
      const members = await membersOf(bytes);
      const found = members.map(({ name, offset, length }) => [
        name,
        bytes.toString('utf8', offset, offset + length),
      ]);
      expect(found).toEqual(Object.entries(files));
    },
  );

  it('ustar and v7, with names that fit there', async () => {
    for (const format of ['ustar', 'v7']) {
      const path = join(folder, 'short.tar');
      await run('tar', ['-C', join(folder, 'images'), `--format=${format}`, '-cf', path, 'under', 'a.jpg']);
      const members = await membersOf(await readFile(path));
      expect(members.map(({ name, length }) => [name, length])).toEqual([
        ['under/b.jpg', 70_000],
        ['a.jpg', 5],
      ]);
    }
  });

  it('sparse is left out: its bytes are not an image', async () => {
    await truncate(join(folder, 'images/a.jpg'), 5);
    await run('truncate', ['-s', '1M', join(folder, 'images/holes.jpg')]);
    for (const format of ['gnu', 'pax']) {
      const path = join(folder, 'sparse.tar');
      const names = ['holes.jpg', 'a.jpg'];
      await run('tar', ['-C', join(folder, 'images'), `--format=${format}`, '-S', '-cf', path, ...names]);
      const members = await membersOf(await readFile(path));
      expect(members.map(({ name }) => name)).toEqual(['a.jpg']);
    }
  });
});

it('goes on from any member', async () => {
  const bytes = await tar('--format=gnu');
  const [, , third, ...others] = await membersOf(bytes);
  const from = (third?.offset ?? 0) + 512;
  expect(await membersOf(bytes, from)).toEqual(others);
});

describe('an archive that', () => {
  const reject = (bytes: Buffer) => expect(membersOf(bytes)).rejects;

  it('announces more than there is, is refused at the place', async () => {
    await reject((await tar('--format=gnu')).subarray(0, 515)).toThrow(
      /at byte 0, .* reaches beyond the end/s,
    );
  });

  it('is no tar, is refused', async () => {
    await reject(Buffer.from('no tar'.repeat(200))).toThrow('at byte 0, that is no tar header');
    await reject(Buffer.from('short')).toThrow('at byte 0, it ends inside a header');
  });

  it('has a name of megabytes, is refused before it is read', async () => {
    const bytes = Buffer.concat([header('L', 2 ** 21, '././@LongLink'), Buffer.alloc(2 ** 21 + 512)]);
    await reject(bytes).toThrow('at byte 0, too much stands before a member');
  });

  it('has extensions without end, is refused', async () => {
    const extension = Buffer.concat([header('x', 0, 'pax')]);
    await reject(Buffer.concat(Array(100).fill(extension))).toThrow('too much stands before a member');
  });

  it('is anything at all, gives members inside of it, or is refused', async () => {
    const bytes = await tar('--format=pax');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.integer({ min: 1, max: bytes.length }),
        async (changes, length) => {
          const mutant = Buffer.from(bytes.subarray(0, length));
          for (const [at, byte] of changes) if (at < length) mutant[at] = byte;
          // So that sizes and types that were changed get past the checksum.
          for (let at = 0; at + 512 <= length; at += 512) sign(mutant.subarray(at, at + 512));
          const outcome = await membersOf(mutant).catch((error: { code?: string }) => error.code);
          if (outcome === 'bad_shard') return;
          for (const { offset, length: size } of outcome as TarMember[]) {
            expect(offset + size).toBeLessThanOrEqual(length);
            expect(size).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

function header(type: string, size: number, name: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(size.toString(8).padStart(11, '0'), 124);
  block.write(type, 156);
  block.write('ustar\0', 257);
  sign(block, true);
  return block;
}

/** Writes the checksum of a block that is a header. */
function sign(block: Buffer, always = false): void {
  if (!always && block.toString('latin1', 257, 262) !== 'ustar') return;
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
