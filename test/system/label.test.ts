/** `labelmill label` as a user runs it: real photos, the real engine, a private Redis, records on disk. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { allGone, descendant, descendants } from '../parts/process-tree.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const expected = JSON.parse(await readFile(join(repository, 'test/fixtures/vgg-mini.expected.json'), 'utf8'))
  .photos as Record<string, { id: string; score: number }[]>;

/** A folder with `count` photos, copies of the examples. */
async function manyPhotos(folder: string, count: number): Promise<string> {
  const source = join(folder, 'photos');
  await mkdir(source, { recursive: true });
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  for (let n = 0; n < count; n++) {
    await cp(join(photos, names[n % names.length] ?? ''), join(source, `${String(n).padStart(5, '0')}.jpg`));
  }
  return source;
}

describe('label', () => {
  it('gives the labels that an independent implementation computes', async () => {
    await using folder = await temporaryFolder();
    const { status, stdout } = await labelmill(['label', photos, '--out', folder.path, '--json']);
    expect(status).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ listed: 15, ok: 15, error: 0, errors: {} });
    expect(summary.bottleneck.line).not.toBe('');
    // The account that is kept holds the same time.
    const kept = JSON.parse(await readFile(new URL('summary.json', summary.folder), 'utf8'));
    expect(kept.stages).toMatchObject({ decode: expect.any(Number), infer: expect.any(Number) });
    const found = await records(fileURLToPath(summary.folder));
    expect(found.map((record) => record.index)).toEqual(Array.from({ length: 15 }, (_, index) => index));
    for (const record of found) {
      if (record.status !== 'ok') throw new Error(`${record.uri} is an error record`);
      const wanted = expected[record.uri.slice(record.uri.lastIndexOf('/') + 1)] ?? [];
      for (const [place, label] of record.labels.entries()) {
        const score = wanted[place]?.score ?? Number.NaN;
        expect(Math.abs(label.score - score)).toBeLessThan(0.01);
        // Scores closer than 1e-3 may change places.
        const alike = wanted.filter((other) => Math.abs(other.score - score) <= 1e-3).map(({ id }) => id);
        expect(alike).toContain(label.id);
      }
    }
  });

  it('names in run.json and summary.json what labelled: weights, graph, preprocessing and label map', async () => {
    await using folder = await temporaryFolder();
    const photo = join(photos, 'cat.jpg');
    const { stdout } = await labelmill(['label', photo, '--out', folder.path, '--json']);
    const run = fileURLToPath(JSON.parse(stdout).folder);
    const read = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
    const [asked, closed] = [await read(join(run, 'run.json')), await read(join(run, 'summary.json'))];
    const model = await read(join(repository, 'packages/models/bundles/vgg-mini-fp32/model.json'));
    // Keys in the order of the alphabet: the canonical form that is hashed.
    const sha256 = (value: unknown) =>
      `sha256:${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`;
    const classes = model.classes as { id: string; label: string }[];
    expect(asked.bundle).toMatchObject({
      name: 'vgg-mini-fp32',
      digests: {
        weights: sha256(model.weights.map(({ bytes, file, sha256 }: never) => ({ bytes, file, sha256 }))),
        graph: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        preprocessing: sha256({ colour: 1, crop: 64, kernel: 'bilinear', resize: 64 }),
        labelMap: sha256(classes.map(({ id, label }) => ({ id, label }))),
      },
    });
    expect(closed.bundle).toEqual(asked.bundle);
    expect((await labelmill(['verify', run])).status).toBe(0);
  });

  it('can be repeated, interrupted and killed at any time, and the same command goes on', async () => {
    await using folder = await temporaryFolder();
    // Some seconds of work: what is done to it is done before it ends.
    const photoCount = 1200;
    const source = await manyPhotos(folder.path, photoCount);
    const command = ['label', source, '--out', join(folder.path, 'runs'), '--json'];
    const firstParts = async () => (await runFolders(join(folder.path, 'runs')))[0];

    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      await using process = new LabelmillProcess(command);
      await partsAtLeast(join(folder.path, 'runs'), signal === 'SIGINT' ? 2 : 5);
      const children = descendants(process.pid).map(({ pid }) => pid);
      process.kill(signal);
      const ended = await process.ended;
      if (signal === 'SIGINT') {
        expect(ended.status).toBe(130);
        expect(ended.stderr).toContain('the same command goes on');
      }
      await allGone(children);
    }
    const run = await firstParts();
    const { status, stdout } = await labelmill(command);
    expect(status).toBe(0);
    expect(fileURLToPath(JSON.parse(stdout).folder)).toBe(`${run}/`);
    expect(JSON.parse(stdout).labelled).toBeLessThan(photoCount);
    expect((await records(run ?? '')).map(({ index }) => index)).toEqual(
      Array.from({ length: photoCount }, (_, index) => index),
    );
    expect((await labelmill(['verify', run ?? ''])).status).toBe(0);
  });

  it('that is interrupted when its last image is done has ended, and says so', async () => {
    await using folder = await temporaryFolder();
    await using process = new LabelmillProcess(['label', photos, '--out', folder.path, '--json']);
    const closed = async () => {
      const [run] = await runFolders(folder.path);
      return run !== undefined && (await readdir(run)).includes('_SUCCESS');
    };
    while (!(await closed()));
    process.kill('SIGINT');
    const { status, stdout } = await process.ended;
    expect(JSON.parse(stdout)).toMatchObject({ listed: 15, ok: 15 });
    expect(status).toBe(0);
  });

  it('completes although its Redis and its engine are killed under way', async () => {
    await using folder = await temporaryFolder();
    const source = await manyPhotos(folder.path, 900);
    await using process_ = new LabelmillProcess([
      'label',
      source,
      '--out',
      join(folder.path, 'runs'),
      '--json',
    ]);
    await partsAtLeast(join(folder.path, 'runs'), 1);
    process.kill((await descendant(process_.pid, 'redis-server --port')).pid, 'SIGKILL');
    await partsAtLeast(join(folder.path, 'runs'), 3);
    process.kill((await descendant(process_.pid, 'engine/main')).pid, 'SIGKILL');
    const { status, stdout } = await process_.ended;
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ listed: 900, ok: 900 });
    expect((await labelmill(['verify', JSON.parse(stdout).folder])).status).toBe(0);
  });

  it('takes manifests, standard input and image files, twice the same image included', async () => {
    await using folder = await temporaryFolder();
    const manifest = join(folder.path, 'list.txt');
    await writeFile(manifest, `${photos}/cat.jpg\n${photos}/coffee.jpg\n${photos}/cat.jpg\n`);
    const out = ['--out', join(folder.path, 'runs'), '--json'];
    const three = await labelmill(['label', manifest, ...out]);
    expect(JSON.parse(three.stdout)).toMatchObject({ listed: 3, ok: 3 });
    const piped = await labelmill(['label', '-', '--limit', '1', ...out], {
      input: 'examples/photos/cat.jpg\nexamples/photos/fig.jpg\n',
      cwd: repository,
    });
    expect(JSON.parse(piped.stdout)).toMatchObject({ listed: 1, ok: 1 });
    const named = await labelmill(['label', join(photos, 'cat.jpg'), join(photos, 'fig.jpg'), ...out]);
    expect(JSON.parse(named.stdout)).toMatchObject({ listed: 2, ok: 2 });
  });
});

/** Waits until the newest run below `out` has this many parts. */
async function partsAtLeast(out: string, count: number): Promise<void> {
  for (;;) {
    const run = (await runFolders(out)).at(-1);
    const parts = run === undefined ? [] : await readdir(join(run, 'labels')).catch(() => []);
    if (parts.filter((name) => name.startsWith('part-')).length >= count) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
