import { describe, expect, it } from 'vitest';
import { type ManifestFormat, manifestFormat, manifestLines } from './manifest-lines.ts';

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  // Cut in the middle of everything, as a network does.
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += 3) yield all.subarray(at, at + 3);
}

const lines = (text: string, format: ManifestFormat) =>
  Array.fromAsync(manifestLines(bytes(text), format, `list.${format}`));

describe('a manifest', () => {
  it('in text has an image a line; blank lines and comments are none', async () => {
    expect(await lines('# photos\na.jpg\n\n  s3://b/é.jpg \r\nc.jpg', 'txt')).toEqual([
      'a.jpg',
      's3://b/é.jpg',
      'c.jpg',
    ]);
  });

  it('may end its lines as Unix, Windows or old Macs do, and JSON may hold U+2028', async () => {
    expect(await lines('a.jpg\nb.jpg\r\nc.jpg\rd.jpg', 'txt')).toEqual(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']);
    expect(await lines('{"uri":"a\u2028b.jpg"}\n', 'jsonl')).toEqual(['a\u2028b.jpg']);
  });

  it('is closed when its reader stops early', async () => {
    let closed = false;
    async function* watched() {
      try {
        yield* bytes('a.jpg\nb.jpg\n');
      } finally {
        closed = true;
      }
    }
    for await (const line of manifestLines(watched(), 'txt', 'list.txt')) {
      expect(line).toBe('a.jpg');
      break;
    }
    expect(closed).toBe(true);
  });

  it('with a line of over a megabyte is refused, for it is none', async () => {
    const file = async function* () {
      for (let read = 0; read < 40; read++) yield Buffer.alloc(2 ** 16, 'x');
    };
    await expect(Array.fromAsync(manifestLines(file(), 'txt', 'photo.txt'))).rejects.toMatchObject({
      code: 'bad_manifest',
      message: expect.stringContaining('photo.txt: a line is longer than 1048576'),
    });
  });

  it('in JSON lines has a string or an object with a uri, url, path, image or file', async () => {
    const text = '"a.jpg"\n{"uri":"b.jpg","id":3}\n{"path":"c d.jpg"}\n';
    expect(await lines(text, 'jsonl')).toEqual(['a.jpg', 'b.jpg', 'c d.jpg']);
  });

  it('in JSON lines passes on a line that names no image, so that it becomes one error record', async () => {
    expect(await lines('{"id":3}\n{broken\n"a.jpg"', 'jsonl')).toEqual(['{"id":3}', '{broken', 'a.jpg']);
  });

  it('in JSON lines is not fooled by what objects inherit', async () => {
    expect(await lines('{"__proto__":{"uri":"evil.jpg"}}', 'jsonl')).toEqual([
      '{"__proto__":{"uri":"evil.jpg"}}',
    ]);
  });

  it('in CSV takes the column that its first line names, quotes and commas included', async () => {
    expect(await lines('\uFEFFid,URL\n1,a.jpg\n2,"b, ""c"".jpg"\n', 'csv')).toEqual(['a.jpg', 'b, "c".jpg']);
  });

  it('in CSV without a known column is refused with its first line', async () => {
    await expect(lines('id,name\n1,a.jpg\n', 'csv')).rejects.toThrow(
      'list.csv: the first line must name a column uri, url',
    );
  });

  it.each([
    ['a quote that is not closed', 'uri\n"a.jpg\n', 'list.csv: line 2: csv quote not closed'],
    ['a quote inside a field', 'uri\na"b.jpg\n', 'list.csv: line 2: invalid opening quote'],
    [
      'another number of columns',
      'id,uri\n1,a.jpg\n2\n',
      'list.csv: line 3: csv record inconsistent fields length',
    ],
  ])(
    'in CSV with %s is refused with the line number, and without what stands there',
    async (_, text, message) => {
      await expect(lines(text, 'csv')).rejects.toMatchObject({
        name: 'UsageError',
        code: 'bad_manifest',
        message,
      });
    },
  );

  it('is known by its name', () => {
    expect(['a.TXT', 's3://b/x.csv', 'x.ndjson', 'x.jpg', 'csv'].map(manifestFormat)).toEqual([
      'txt',
      'csv',
      'jsonl',
      null,
      null,
    ]);
  });
});
