/** A run in Parquet parts whose folder lies in S3: created once, replaced by a retry, read by everything else. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { parquetReadObjects } from 'hyparquet';
import { expect, it } from 'vitest';
import { testCeph } from '../parts/ceph.ts';
import { labelmill, repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photo = join(repository, 'examples/photos/cat.jpg');

it('is labelled, killed, resumed, retried, verified and queried as one in files is', async () => {
  const ceph = await testCeph();
  const { env } = ceph;
  await using stores = openOperatorStores(ceph.config);
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'photos');
  await mkdir(source);
  for (let n = 10; n < 50; n++) await cp(photo, join(source, `${n}.jpg`));
  await writeFile(join(source, '45.jpg'), (await readFile(photo)).subarray(0, 3000));
  const out = `s3://${await ceph.freshBucket()}/runs/`;
  const asked = ['label', source, '--out', out, '--format', 'parquet', '--json'];
  const killed = await labelmill(asked, { env: { ...env, LABELMILL_CRASH_AT: 'part-created' } });
  expect(killed.signal).toBe('SIGKILL');
  const labelled = await labelmill(asked, { env });
  expect(labelled.status).toBe(3);
  const run: string = JSON.parse(labelled.stdout).folder;
  expect((await labelmill(['verify', run], { env })).status).toBe(3);

  await cp(photo, join(source, '45.jpg'));
  expect((await labelmill(['retry', run, '--errors', 'all'], { env })).status).toBe(0);
  expect((await labelmill(['verify', run], { env })).status).toBe(0);
  const store = stores.for(run);
  const uris: string[] = [];
  for await (const { uri } of store.list(`${run}labels/`)) uris.push(uri);
  expect(uris).toEqual([0, 1].map((seq) => `${run}labels/part-0000000${seq}.parquet`));
  const rows: Record<string, unknown>[] = [];
  for (const uri of uris) {
    const file = new Uint8Array((await store.read(uri)).body).buffer;
    const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) };
    rows.push(...(await parquetReadObjects({ file, compressors })));
  }
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, n) => BigInt(n)));
  const ask = ['query', run, 'select index, uri, status, labels from records order by index', '--json'];
  const { stdout } = await labelmill(ask, { env });
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(rows.map(({ index, uri, status, labels }) => ({ index: Number(index), uri, status, labels })));
}, 180_000);
