/** A run against an earlier one labels what is new or changed, and carries the rest. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { carriedRecords } from '@labelmill/shared/run/carried-records';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const model = ['--model', 'vgg-mini-fp32'];
const all = 500;
/** In JavaScript's order of strings the last two would change places; in S3's they do not. A file's URI encodes all but the first. */
const names = (n: number) =>
  `${String(n).padStart(4, '0')}${['', ' ü', '%', '\u{ff5e}', '\u{1f431}'][n % 5]}.jpg`;

describe('of 500 images, after 3 were added, 2 changed and 1 removed', () => {
  let folder: TemporaryFolder;
  let source: string;
  let out: string;
  let first: string;
  const added = ['000.jpg', '0250-.jpg', 'zzz.jpg'];
  const changed = [names(17), names(499)];
  const labelled = [...added, ...changed];
  const uri = (name: string) => pathToFileURL(join(source, name)).href;

  beforeAll(async () => {
    folder = await temporaryFolder();
    source = join(folder.path, 'photos');
    out = join(folder.path, 'runs');
    await mkdir(source);
    const jpegs = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
    const photo = (n: number) => join(photos, jpegs[n % jpegs.length] ?? '');
    for (let n = 0; n < all; n++) await copyFile(photo(n), join(source, names(n)));
    expect((await labelmill(['label', source, ...model, '--out', out])).status).toBe(0);
    [first = ''] = await runFolders(out);
    for (const [n, name] of added.entries()) await copyFile(photo(n), join(source, name));
    for (const name of changed) await copyFile(join(photos, 'cat.jpg'), join(source, name));
    await rm(join(source, names(250)));
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const secondOf = async () => (await runFolders(out)).at(-1) ?? '';

  async function expectExact(run: string): Promise<void> {
    const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ listed: all + 2, ok: 5, error: 0, carried: all - 3, removed: 1 });
    expect((await records(run)).map((record) => record.uri).sort()).toEqual(labelled.map(uri).sort());
    const verified = await labelmill(['verify', run, '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ listed: all + 2, carried: all - 3, differences: [] });
    expect(verified.status).toBe(0);
  }

  it('exactly those 5 are labelled, and the account is exact', async () => {
    const { stdout, status } = await labelmill([
      'label',
      source,
      ...model,
      '--out',
      out,
      '--only',
      'changed',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain(`502 images: 5 ok, 0 errors, 497 carried, 1 removed`);
    await expectExact(await secondOf());
  });

  it('the records of the others are those of the run that labelled them, also over a chain of runs', async () => {
    const { status } = await labelmill(['label', source, ...model, '--out', out, '--only', 'changed']);
    expect(status).toBe(0);
    const runs = await runFolders(out);
    const third = runs.at(-1) ?? '';
    const summary = JSON.parse(await readFile(join(third, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ listed: 502, ok: 0, error: 0, carried: 502, removed: 0 });
    const known = new Map<string, unknown>();
    for (const run of runs.slice(0, 2))
      for (const { index: _, ...record } of await records(run)) known.set(record.uri, record);
    known.delete(uri(names(250)));
    await using stores = openOperatorStores(storeConfigSchema.parse({}));
    const carried = new Map<string, unknown>();
    const indexes: number[] = [];
    for await (const { record } of carriedRecords(stores, `${pathToFileURL(third).href}/`)) {
      const { index, ...rest } = record ?? { index: -1, uri: '' };
      indexes.push(index);
      carried.set(rest.uri, rest);
    }
    expect(carried).toEqual(known);
    expect(indexes).toEqual(indexes.map((_, place) => place));
  });

  it.each(['step-written', 'segment-written', 'listed-written', 'part-created'])(
    'a kill -9 at %s loses none of them',
    async (point) => {
      const asked = ['label', source, ...model, '--out', out, '--against', first];
      const killed = await labelmill(asked, { env: { LABELMILL_CRASH_AT: point } });
      expect(killed.signal).toBe('SIGKILL');
      expect((await labelmill(asked)).status).toBe(0);
      await expectExact(await secondOf());
    },
  );

  it('compact puts the records of the others behind its own, each image once', async () => {
    const [, second = ''] = await runFolders(out);
    expect((await labelmill(['compact', second, '--format', 'jsonl'])).status).toBe(0);
    const [file = ''] = (await readdir(join(second, 'compact/jsonl'))).filter((name) =>
      name.startsWith('records'),
    );
    const lines = (await readFile(join(second, 'compact/jsonl', file), 'utf8')).trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as { index: number; uri: string });
    expect(rows.map(({ index }) => index)).toEqual(rows.map((_, place) => place));
    expect(new Set(rows.map((row) => row.uri)).size).toBe(all + 2);
  });

  it('a diff with the first run names what is new and gone, and finds carried labels the same', async () => {
    const [, second = ''] = await runFolders(out);
    const { stdout, status } = await labelmill(['diff', first, second, '--json']);
    expect(status).toBe(0);
    const { counts } = JSON.parse(stdout);
    expect(counts).toMatchObject({ both: all - 1, onlyA: 1, onlyB: 3, okToError: 0, errorToOk: 0 });
    expect(counts.same + counts.changed).toBe(all - 1);
    expect(counts.changed).toBeLessThanOrEqual(2);
    const plain = await labelmill(['diff', first, second]);
    expect(plain.stdout).toContain('1 only in the first, 3 only in the second');
  });

  it('with another bundle all are labelled', async () => {
    const models = join(folder.path, 'models', 'vgg-mini-fp32');
    await mkdir(models, { recursive: true });
    const bundle = join(repository, 'packages/models/bundles/vgg-mini-fp32');
    for (const name of await readdir(bundle)) await copyFile(join(bundle, name), join(models, name));
    const manifest = JSON.parse(await readFile(join(models, 'model.json'), 'utf8'));
    manifest.classes[0].label = 'renamed';
    await writeFile(join(models, 'model.json'), JSON.stringify(manifest));
    const { stdout, stderr } = await labelmill(
      ['label', source, ...model, '--out', out, '--only', 'changed', '--json'],
      { env: { LABELMILL_MODELS: join(folder.path, 'models') } },
    );
    expect(stderr).toContain('vgg-mini-fp32 is not what it was then');
    expect(JSON.parse(stdout)).toMatchObject({ listed: 502, ok: 502, labelled: 502 });
  });
});

describe('compared with an earlier run', () => {
  it('a manifest in any order labels what has changed, and again what failed', async () => {
    await using folder = await temporaryFolder();
    const [out, good, changing, failing] = ['runs', 'b.jpg', 'a.jpg', 'c.jpg'].map((name) =>
      join(folder.path, name),
    ) as [string, string, string, string];
    for (const path of [good, changing]) await copyFile(join(photos, 'cat.jpg'), path);
    await writeFile(failing, 'no image');
    const list = join(folder.path, 'list.txt');
    await writeFile(list, [good, failing, good, changing].join('\n'));
    expect((await labelmill(['label', list, '--out', out])).status).toBe(3);
    await copyFile(join(photos, 'astronaut.jpg'), changing);
    const second = await labelmill(['label', list, '--out', out, '--only', 'changed', '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ listed: 4, ok: 1, error: 1, carried: 2, removed: 0 });
    const [, run = ''] = await runFolders(out);
    const uris = (await records(run)).map((record) => record.uri);
    expect(uris).toEqual([changing, failing].map((path) => pathToFileURL(path).href));
    expect((await labelmill(['verify', run])).status).toBe(3);
  });

  it('a carried record that is gone is found by verify', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'runs');
    const asked = ['label', join(photos, 'cat.jpg'), '--out', out];
    await labelmill(asked);
    await labelmill([...asked, '--only', 'changed']);
    const [first = '', second = ''] = await runFolders(out);
    expect(
      gunzipSync(await readFile(join(second, 'manifest/carried-00000000.jsonl.gz'))).toString(),
    ).toContain('cat.jpg');
    expect((await labelmill(['verify', second])).status).toBe(0);
    await rm(first, { recursive: true });
    const { stdout, status } = await labelmill(['verify', second]);
    expect(stdout).toContain('does not hold the record of');
    expect(status).toBe(1);
  });

  it('a run that is not complete cannot be named', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'runs');
    const asked = ['label', photos, '--out', out];
    await labelmill(asked, { env: { LABELMILL_CRASH_AT: 'committed' } });
    const [run = ''] = await runFolders(out);
    const again = [...asked.slice(0, 2), '--out', join(folder.path, 'other'), '--against', run];
    const { stderr, status } = await labelmill(again);
    expect(stderr).toContain('[not_complete]');
    expect(status).toBe(2);
  });
});

it('features of carried images are those of the run that labelled them: verify looks for them, and compact says where they are', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'photos');
  const out = join(folder.path, 'runs');
  await mkdir(source);
  for (const name of ['cat.jpg', 'coffee.jpg', 'rocket.jpg'])
    await copyFile(join(photos, name), join(source, name));
  const label = (...args: string[]) => labelmill(['label', source, ...model, '--out', out, ...args]);
  const withFeatures = ['--emit', 'labels,features', '--only', 'changed'];
  expect((await label()).status).toBe(0);
  // The earlier run has no features: nothing can be carried from it.
  const all = await label(...withFeatures);
  expect(all.stderr).toContain('because it has no features: labelling all of it');
  expect(all.stdout).toContain('3 images: 3 ok, 0 errors');
  await copyFile(join(photos, 'temple.jpg'), join(source, 'cat.jpg'));
  expect((await label(...withFeatures)).stdout).toContain('3 images: 1 ok, 0 errors, 2 carried');
  const [, origin = '', run = ''] = await runFolders(out);
  const verify = async () => {
    const { stdout, status } = await labelmill(['verify', run, '--json']);
    return { status, codes: JSON.parse(stdout).differences.map(({ code }: { code: string }) => code) };
  };
  expect(await verify()).toEqual({ status: 0, codes: [] });
  const compacted = await labelmill(['compact', run]);
  expect(compacted.stderr).toMatch(
    /features stay where they are: .*features\/, those of carried images in the runs/,
  );

  // As docs/features.md asks for them.
  const joined = `SELECT r.uri, len(f.features) AS width FROM '${run}/compact/parquet/*.parquet' r JOIN
    read_parquet(['${run}/features/*.parquet', '${origin}/features/*.parquet']) f ON f.uri = r.uri AND f.version = r.version`;
  const asked = await labelmill(['query', run, joined, '--json']);
  const rows = asked.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.flat().map(({ width }: { width: number }) => Number(width))).toEqual([512, 512, 512]);

  const file = join(origin, 'features/part-00000000.parquet');
  await rm(file);
  expect(await verify()).toEqual({
    status: 1,
    codes: ['missing_carried_features', 'missing_carried_features'],
  });
});
