/** `labelmill retry`: a closed run is opened again for its error records, and closes again, whatever dies meanwhile. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg')).sort();
const photo = (n: number) => join(photos, names[n % names.length] ?? '');
const named = (n: number) => `${String(n).padStart(3, '0')}.jpg`;

/** 70 images, three local chunks, of which those of `broken` are cut short; labelled, so that the run is closed. */
async function closedRun(folder: string, broken: readonly number[]) {
  const source = join(folder, 'photos');
  await mkdir(source, { recursive: true });
  for (let n = 0; n < 70; n++) await cp(photo(n), join(source, named(n)));
  for (const n of broken) {
    const bytes = await readFile(photo(n));
    await writeFile(join(source, named(n)), bytes.subarray(0, 3000));
  }
  const { status, stderr } = await labelmill(['label', source, '--out', join(folder, 'runs')]);
  if (status !== 3) throw new Error(`label ended with ${status}: ${stderr}`);
  const [run = ''] = await runFolders(join(folder, 'runs'));
  const mend = async () => {
    for (const n of broken) await cp(photo(n), join(source, named(n)));
  };
  return { run, source, mend };
}

const errorsOf = async (run: string) =>
  (await records(run)).filter((record) => record.status === 'error').map(({ index }) => index);

describe('retry', () => {
  it('labels the images of error records again and leaves every other record as it was', async () => {
    await using folder = await temporaryFolder();
    const { run, mend, source } = await closedRun(folder.path, [5, 40]);
    const before = await records(run);
    await mend();
    // Should another image be fetched again, it would be missed.
    await rm(join(source, named(6)));
    const { status, stdout } = await labelmill(['retry', run, '--errors', 'undecodable', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      listed: 70,
      ok: 70,
      error: 0,
      errors: {},
      retries: 1,
      labelled: 2,
    });
    const after = await records(run);
    expect(after.filter(({ index }) => index !== 5 && index !== 40)).toEqual(
      before.filter(({ index }) => index !== 5 && index !== 40),
    );
    // The same photos stand at 35 and 55: equal bytes give equal labels.
    for (const [again, same] of [
      [5, 35],
      [40, 55],
    ] as const) {
      const [one, other] = [after[again], after[same]];
      if (one?.status !== 'ok' || other?.status !== 'ok') throw new Error('not labelled');
      expect(one.labels.map(({ id }) => id)).toEqual(other.labels.map(({ id }) => id));
    }
    // No part of the chunk in which nothing had failed.
    expect((await readdir(join(run, 'retries/00000001'))).sort()).toEqual([
      'part-00000000.jsonl',
      'part-00000001.jsonl',
      'plan.json',
    ]);
    expect((await labelmill(['verify', run])).status).toBe(0);
  });

  it('changes nothing where no error record is meant, and says so', async () => {
    await using folder = await temporaryFolder();
    const { run } = await closedRun(folder.path, [5]);
    // A truncated file will not get better by itself: its record is not retryable.
    const { status, stdout } = await labelmill(['retry', run]);
    expect(status).toBe(0);
    expect(stdout).toContain('nothing to retry');
    expect(await readdir(run)).not.toContain('retries');
    expect((await labelmill(['resume', run])).status).toBe(3);
    expect((await labelmill(['verify', run])).status).toBe(3);
  });

  it('can be had again and again: each time the latest counts', async () => {
    await using folder = await temporaryFolder();
    const { run, mend } = await closedRun(folder.path, [5, 40]);
    expect((await labelmill(['retry', run, '--errors', 'all'])).status).toBe(3);
    expect(await errorsOf(run)).toEqual([5, 40]);
    await mend();
    expect((await labelmill(['retry', run, '--errors', 'all'])).status).toBe(0);
    expect(await errorsOf(run)).toEqual([]);
    expect(JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'))).toMatchObject({
      ok: 70,
      retries: 2,
    });
    expect((await labelmill(['verify', run])).status).toBe(0);
  });

  it('is refused while the run is not complete, with the way on', async () => {
    await using folder = await temporaryFolder();
    const { run } = await closedRun(folder.path, [5]);
    await rm(join(run, '_SUCCESS'));
    const { status, stderr } = await labelmill(['retry', run, '--errors', 'all']);
    expect(status).toBe(2);
    expect(stderr).toContain('labelmill resume');
    expect(stderr).toContain('[not_complete]');
  });

  it('shows by verify that labels/ is behind its latest retry, and resume mends it', async () => {
    await using folder = await temporaryFolder();
    const { run, mend } = await closedRun(folder.path, [5]);
    const part = join(run, 'labels/part-00000000.jsonl');
    const old = await readFile(part);
    await mend();
    expect((await labelmill(['retry', run, '--errors', 'all'])).status).toBe(0);
    // What a worker that hung since before the retry could still do.
    await writeFile(part, old);
    await rm(join(run, '_SUCCESS'));
    const { stdout } = await labelmill(['verify', run]);
    expect(stdout).toContain('does not show what its latest retry made');
    expect((await labelmill(['resume', run])).status).toBe(0);
    expect((await labelmill(['verify', run])).status).toBe(0);
  });

  describe('killed', () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let closed: string;

    beforeAll(async () => {
      folder = await temporaryFolder();
      const { run, mend } = await closedRun(folder.path, [5, 40]);
      closed = run;
      await mend();
    });
    afterAll(() => folder[Symbol.asyncDispose]());

    it.each([
      'success-removed',
      'summary-removed',
      'retry-planned',
      'epoch-published',
      'retried-part-created',
      'retried-part-created:2',
      'part-replaced',
      'committed',
      'committed:2',
      'summary-written',
    ])('at %s, is completed by resume with an exact account', async (point) => {
      const run = join(folder.path, point);
      await cp(closed, run, { recursive: true });
      const killed = await labelmill(['retry', run, '--errors', 'all'], {
        env: { LABELMILL_CRASH_AT: point },
      });
      expect(killed.signal).toBe('SIGKILL');
      const resumed = await labelmill(['resume', run]);
      // Before the plan is written there is no retry: the run closes as it was.
      const errors = point.endsWith('-removed') ? [5, 40] : [];
      expect(resumed.status).toBe(errors.length === 0 ? 0 : 3);
      expect(await errorsOf(run)).toEqual(errors);
      expect((await records(run)).map(({ index }) => index)).toEqual(Array.from({ length: 70 }, (_, n) => n));
      expect((await labelmill(['verify', run])).status).toBe(errors.length === 0 ? 0 : 3);
    });

    it('again, when resume has copied one of the parts that were left out, is completed by another resume', async () => {
      const run = join(folder.path, 'part-shown-again');
      await cp(closed, run, { recursive: true });
      expect((await labelmill(['retry', run, '--errors', 'all'])).status).toBe(0);
      // As a death before the copies leaves it.
      await cp(join(closed, 'labels'), join(run, 'labels'), { recursive: true });
      await rm(join(run, '_SUCCESS'));
      const killed = await labelmill(['resume', run], { env: { LABELMILL_CRASH_AT: 'part-shown-again' } });
      expect(killed.signal).toBe('SIGKILL');
      expect((await labelmill(['resume', run])).status).toBe(0);
      expect(await errorsOf(run)).toEqual([]);
      expect((await labelmill(['verify', run])).status).toBe(0);
    });
  });
});
