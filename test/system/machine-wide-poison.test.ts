/** An image that ends the whole worker, supervisor and engine alike, is found out over the deaths of several workers. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const preload = pathToFileURL(join(repository, 'test/parts/poison-decoder.ts')).href;
const count = 40;
const poisoned = 19;

test('an image that takes its worker along every time becomes one record, and everything else is labelled', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const source = join(folder.path, 'photos');
  await mkdir(source);
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  for (let n = 0; n < count; n++) {
    const photo = join(photos, names[n % names.length] ?? '');
    const path = join(source, `${String(n).padStart(3, '0')}.jpg`);
    if (n !== poisoned) await cp(photo, path);
    else await writeFile(path, Buffer.concat([await readFile(photo), Buffer.from('poison:machine')]));
  }
  const env = {
    REDIS_URL: redis.url,
    LABELMILL_FILE_ROOTS: folder.path,
    NODE_OPTIONS: `--import=${preload}`,
  };
  const out = join(folder.path, 'runs');
  const enqueued = await labelmill(['enqueue', source, '--out', out, '--chunk-size', '8', '--json'], { env });
  const { run } = JSON.parse(enqueued.stdout);
  const connection = redis.connect();
  const waited = labelmill(['wait', run], { env });
  let deaths = 0;
  for (let over = false; !over; ) {
    await using worker = new LabelmillProcess(['worker'], { env });
    over = await Promise.race([waited.then(() => true), worker.ended.then(() => false)]);
    if (over) break;
    expect((await worker.ended).signal).toBe('SIGKILL');
    deaths++;
    // A dead worker's locks run out after ten seconds: done here at once.
    const locks = await connection.keys('labelmill:*:lock');
    if (locks.length > 0) await connection.del(...locks);
  }
  expect((await waited).status).toBe(3);
  const keys = await connection.keys(`labelmill-run:{${run}}*`);
  connection.disconnect();

  // Twice with others beside it, then twice alone.
  expect(deaths).toBe(4);
  const found = await records(join(out, run));
  expect(found.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, n) => n));
  expect(found.filter(({ status }) => status === 'error')).toEqual([
    expect.objectContaining({
      index: poisoned,
      error: {
        code: 'crashed_decoder',
        message: 'the worker ended twice while this image was alone in its engine',
        retryable: false,
      },
    }),
  ]);
  expect(keys.sort()).toEqual([
    `labelmill-run:{${run}}`,
    `labelmill-run:{${run}}:done`,
    `labelmill-run:{${run}}:quarantined`,
  ]);
}, 180_000);
