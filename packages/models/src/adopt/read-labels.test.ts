import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLabels } from './read-labels.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-labels-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(name: string, text: string) {
  await writeFile(join(folder, name), text);
  return readLabels(join(folder, name));
}

describe('readLabels', () => {
  it.each([
    [
      "the zoo's synset.txt",
      'synset.txt',
      'n01440764 tench, Tinca tinca\nn01443537 goldfish\n',
      [
        ['n01440764', 'tench'],
        ['n01443537', 'goldfish'],
      ],
    ],
    [
      'ids and labels with tabs',
      'l.tsv',
      'a\tbig cat\r\nb\tdog, small\r\n',
      [
        ['a', 'big cat'],
        ['b', 'dog, small'],
      ],
    ],
    [
      'plain labels',
      'l.txt',
      '\uFEFFbig cat\ndog',
      [
        ['big cat', 'big cat'],
        ['dog', 'dog'],
      ],
    ],
    [
      'JSON strings',
      'l.json',
      '["cat", "dog"]',
      [
        ['cat', 'cat'],
        ['dog', 'dog'],
      ],
    ],
    ['JSON objects', 'l.json', '[{"id": "1", "label": "cat"}]', [['1', 'cat']]],
  ])('takes %s', async (_, name, text, expected) => {
    expect(await read(name, text)).toEqual(expected.map(([id, label]) => ({ id, label })));
  });

  it.each([
    [
      'crane.txt',
      'crane\ncat\ncrane\n',
      'crane.txt: class 3 has the id of class 1, crane: give each its own',
    ],
    ['gap.txt', 'cat\n\ndog\n', 'gap.txt: class 2 is empty'],
    ['empty.txt', '', 'empty.txt: there is no label in it'],
    ['long.txt', 'x'.repeat(201), 'long.txt: class 1 has more than 200 characters'],
    ['bad.json', '[', 'bad.json: '],
    ['bad.json', '[{"id": 1}]', 'bad.json: 0'],
  ])('refuses %s: %j', async (name, text, message) => {
    await expect(read(name, text)).rejects.toMatchObject({
      code: 'bad_labels',
      message: expect.stringContaining(message),
    });
  });

  it('names a file that is not there', async () => {
    await expect(readLabels(join(folder, 'no.txt'))).rejects.toThrow('no.txt: there is no such file');
  });
});
