/** A kill -9 at every named place of a run (shared/src/crash-point.ts): `resume` completes it with an exact account. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CrashPoint } from '@labelmill/shared/crash-point';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';
import { checkAccount } from './check-account.ts';

/** How a process gets there. Whoever adds a point is made to add it here. */
const ways: Readonly<
  Record<
    CrashPoint,
    | 'label'
    | 'label with features'
    | 'only-changed.test.ts'
    | 'resume'
    | 'drain'
    | 'retry.test.ts'
    | 'compact.test.ts'
  >
> = {
  'run-written': 'label',
  'step-written': 'only-changed.test.ts',
  'segment-written': 'label',
  'chunks-added': 'label',
  'listed-written': 'label',
  'listing-closed': 'label',
  'features-created': 'label with features',
  'part-created': 'label',
  committed: 'label',
  'handed-back': 'drain',
  'summary-written': 'label',
  'success-written': 'label',
  'epoch-published': 'resume',
  'success-removed': 'retry.test.ts',
  'summary-removed': 'retry.test.ts',
  'retry-planned': 'retry.test.ts',
  'retried-part-created': 'retry.test.ts',
  'part-replaced': 'retry.test.ts',
  'part-shown-again': 'retry.test.ts',
  'compact-planned': 'compact.test.ts',
  'compact-file-created': 'compact.test.ts',
  'compact-closed': 'compact.test.ts',
  'compact-stale-removed': 'compact.test.ts',
};
const pointsOf = (...those: string[]) =>
  Object.entries(ways).flatMap(([point, way]) => (those.includes(way) ? [[point, way] as const] : []));

/** Behind each of these a part is looked for and read. */
const partPoints: ReadonlySet<string> = new Set<CrashPoint>([
  'features-created',
  'part-created',
  'committed',
  'summary-written',
]);

/** Three chunks of 32, as `label` makes them, and one of their images broken. */
const count = 70;

describe('killed at', () => {
  let folder: TemporaryFolder;
  let source: string;
  let uris: string[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    source = join(folder.path, 'photos');
    await mkdir(source);
    const photos = join(repository, 'examples/photos');
    const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
    const paths = Array.from({ length: count }, (_, n) => join(source, `${String(n).padStart(3, '0')}.jpg`));
    for (const [n, path] of paths.entries()) await cp(join(photos, names[n % names.length] ?? ''), path);
    await writeFile(paths[40] ?? '', (await readFile(paths[40] ?? '')).subarray(0, 3000));
    uris = paths.map((path) => pathToFileURL(path).href);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  async function expectExact(run: string): Promise<void> {
    const exact = { lost: 0, duplicated: 0, closed: true, ok: count - 1, errors: { undecodable: 1 } };
    expect(await checkAccount(run, uris)).toEqual(exact);
    expect((await labelmill(['verify', run])).status).toBe(3);
  }

  const inParquet = pointsOf('label', 'label with features').filter(([point]) => partPoints.has(point));
  it.each([
    ...pointsOf('label', 'label with features').map((killed) => [...killed, 'jsonl'] as const),
    ...inParquet.map((killed) => [...killed, 'parquet'] as const),
  ])('%s, a run of %s in %s parts is completed by resume', async (point, way, format) => {
    const out = join(folder.path, `${point}-${format}`);
    const emit = way === 'label' ? [] : ['--emit', 'labels,features'];
    const killed = await labelmill(['label', source, '--out', out, '--format', format, ...emit], {
      env: { LABELMILL_CRASH_AT: point },
    });
    expect(killed.signal).toBe('SIGKILL');
    const [run = ''] = await runFolders(out);
    const resumed = await labelmill(['resume', run]);
    expect(resumed.status).toBe(3);
    await expectExact(run);
  });

  it.each(pointsOf('resume'))('%s by resume, it is completed by another resume', async (point) => {
    const out = join(folder.path, point);
    await labelmill(['label', source, '--out', out], { env: { LABELMILL_CRASH_AT: 'committed:2' } });
    const [run = ''] = await runFolders(out);
    const killed = await labelmill(['resume', run], { env: { LABELMILL_CRASH_AT: point } });
    expect(killed.signal).toBe('SIGKILL');
    expect((await labelmill(['resume', run])).status).toBe(3);
    await expectExact(run);
  });

  it.each(pointsOf('drain'))('%s by a drain, the next worker completes it', async (point) => {
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path, LABELMILL_DRAIN_MS: '0' };
    const out = join(folder.path, point);
    await using dying = new LabelmillProcess(['worker'], { env: { ...env, LABELMILL_CRASH_AT: point } });
    const asked = ['enqueue', source, '--out', out, '--chunk-size', '35', '--wait'];
    await using producer = new LabelmillProcess(asked, { env });
    const connection = redis.connect();
    while ((await connection.llen('labelmill:vgg-mini-fp32:active')) === 0);
    connection.disconnect();
    dying.kill('SIGTERM');
    expect((await dying.ended).signal).toBe('SIGKILL');
    await using _next = new LabelmillProcess(['worker'], { env });
    expect((await producer.ended).status).toBe(3);
    const [run = ''] = await runFolders(out);
    await expectExact(run);
  });
});
