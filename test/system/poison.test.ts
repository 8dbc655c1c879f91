/** Images that crash, hang or exhaust the engine are found out and quarantined; every other image is labelled. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const preload = pathToFileURL(join(repository, 'test/parts/poison-decoder.ts')).href;
const count = 60;

test('an image that aborts, one that loops and one that takes all memory become records; the others get labels', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'photos');
  await mkdir(source);
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  const poisoned = new Map([
    [7, 'abort'],
    [23, 'loop'],
    [41, 'memory'],
  ]);
  for (let n = 0; n < count; n++) {
    const photo = join(photos, names[n % names.length] ?? '');
    const path = join(source, `${String(n).padStart(3, '0')}.jpg`);
    const harm = poisoned.get(n);
    if (harm === undefined) await cp(photo, path);
    else await writeFile(path, Buffer.concat([await readFile(photo), Buffer.from(`poison:${harm}`)]));
  }
  const { status, stdout } = await labelmill(
    ['label', source, '--out', join(folder.path, 'runs'), '--json'],
    {
      env: {
        NODE_OPTIONS: `--import=${preload}`,
        LABELMILL_ENGINE_SILENCE_MS: '8000',
        LABELMILL_ENGINE_MEMORY_BYTES: String(1.2e9),
      },
    },
  );
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    listed: count,
    ok: count - 3,
    error: 3,
    errors: { crashed_decoder: 3 },
    quarantined: ['007', '023', '041'].map((name) => ({
      index: Number(name),
      uri: expect.stringContaining(`/${name}.jpg`),
    })),
  });
  const [run = ''] = await runFolders(join(folder.path, 'runs'));
  const found = await records(run);
  expect(found.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, n) => n));
  const messages = found.flatMap((record) =>
    record.status === 'error' ? [[record.index, record.error.message]] : [],
  );
  expect(messages).toEqual([
    [7, expect.stringContaining('SIGABRT')],
    [23, expect.stringContaining('said nothing for 8 s')],
    [41, expect.stringContaining('of memory')],
  ]);
}, 240_000);
