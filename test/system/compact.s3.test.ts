/** Compaction, queries and a report of a run that lies in S3. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compactRun } from '@labelmill/shared/compact/compact-run';
import { decodePart } from '@labelmill/shared/run/part';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ceph, testCeph } from '../parts/ceph.ts';
import { labelmill, repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

let ceph: Ceph;
let stores: Stores;
let run: string;

beforeAll(async () => {
  ceph = await testCeph();
  stores = openOperatorStores(ceph.config);
  const bucket = await ceph.freshBucket();
  const out = ['--out', `s3://${bucket}/runs/`, '--json'];
  const { stdout } = await labelmill(['label', join(repository, 'examples/photos'), ...out], {
    env: ceph.env,
  });
  run = JSON.parse(stdout).folder;
});
afterAll(() => stores[Symbol.asyncDispose]());

it('compacts a run in its bucket, once however many do it at a time, and answers queries over it as before', async () => {
  const store = stores.for(run);
  const ask = ['query', run, 'select index, uri, labels from records order by index', '--json'];
  const before = await labelmill(ask, { env: ceph.env });
  const part = `${run}labels/part-00000000.jsonl`;
  const records = await decodePart((await store.read(part)).body, part);
  expect(
    before.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(
    records.map((record) => ({
      index: record.index,
      uri: record.uri,
      labels: record.status === 'ok' ? record.labels : null,
    })),
  );
  const both = await Promise.all([0, 1].map(() => compactRun(stores, run, { format: 'parquet' })));
  expect(both[0]).toEqual(both[1]);
  expect(both[0]).toMatchObject({ records: records.length, files: [{}] });
  expect((await labelmill(ask, { env: ceph.env })).stdout).toBe(before.stdout);
});

it('writes the report of a run in S3 into the current folder', async () => {
  await using folder = await temporaryFolder();
  const pictures = async (env: NodeJS.ProcessEnv) => {
    const { status } = await labelmill(['report', run], { env: { ...ceph.env, ...env }, cwd: folder.path });
    expect(status).toBe(0);
    const [file = ''] = await readdir(folder.path);
    expect(file).toMatch(/\.report\.html$/);
    return (await readFile(join(folder.path, file), 'utf8')).match(/<img /g)?.length ?? 0;
  };
  expect(await pictures({ LABELMILL_FILE_ROOTS: repository })).toBe(15);
  // Whoever wrote into the bucket does not say what is shown of this machine.
  expect(await pictures({})).toBe(0);
});
