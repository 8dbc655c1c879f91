/** Bad images: each becomes exactly one record, and the run completes. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const fixtures = join(repository, 'test/fixtures/images');

/** What each file is, and how it must end. */
const images: Readonly<Record<string, string>> = {
  'text.jpg': 'unsupported_format',
  'empty.jpg': 'empty',
  'truncated.jpg': 'undecodable',
  'broken-data.png': 'undecodable',
  '1x65535.png': 'bad_aspect',
  '30000x30000.png': 'too_many_pixels',
  'cmyk.jpg': 'ok',
  'grey16.png': 'ok',
  'animated.gif': 'ok',
  'exif-6.jpg': 'ok',
  'adobe-rgb.jpg': 'ok',
};

it('ends every odd image of a folder as one record, good or with the right code', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'images');
  await mkdir(source);
  for (const name of Object.keys(images)) await cp(join(fixtures, name), join(source, name));
  const manifest = ['--include', '**', '--out', join(folder.path, 'runs'), '--json'];
  const { status, stdout } = await labelmill(['label', source, ...manifest]);
  // 3: complete, and some images have error records
  expect(status).toBe(3);
  const summary = JSON.parse(stdout);
  const found = await records(fileURLToPath(summary.folder));
  const outcomes = found.map((record) => [
    record.uri.slice(record.uri.lastIndexOf('/') + 1),
    record.status === 'ok' ? 'ok' : record.error.code,
  ]);
  expect(Object.fromEntries(outcomes)).toEqual(images);
  expect(found).toHaveLength(Object.keys(images).length);
  const verified = await labelmill(['verify', summary.folder]);
  expect(verified.status).toBe(3);
  expect(verified.stdout).toContain('exactly one record for each image');
});

it('gives an image that is not there its own record', async () => {
  await using folder = await temporaryFolder();
  const input = `${join(repository, 'examples/photos/cat.jpg')}\n${join(folder.path, 'gone.jpg')}\nftp://example.com/a.jpg\n`;
  const { status, stdout } = await labelmill(['label', '-', '--out', join(folder.path, 'runs'), '--json'], {
    input,
  });
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    listed: 3,
    ok: 1,
    error: 2,
    errors: { not_found: 1, uri_refused: 1 },
  });
});
