/** `--decode fast` belongs to a run: it is kept with it, and each run on a queue is decoded its own way. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

const { photos: expected } = JSON.parse(
  await readFile(join(repository, 'test/fixtures/vgg-mini.expected.json'), 'utf8'),
) as { photos: Record<string, { score: number }[]> };
/** Photo by photo in the order of their names: the best score, decoded exactly. */
const fromPyTorch = Object.keys(expected)
  .sort()
  .map((name) => expected[name]?.[0]?.score ?? Number.NaN);

/** The best label's score of every photo. */
async function bestScores(run: string): Promise<number[]> {
  return (await records(run)).map((record) => {
    if (record.status !== 'ok') throw new Error(`${record.uri} is an error record`);
    return record.labels[0]?.score ?? Number.NaN;
  });
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((score, place) => Math.abs(score - (b[place] ?? Number.NaN))));
}

/** Batches change the last bits of a score; decoding fast changes more. */
const same = 1e-4;
const other = 1e-2;

it('a run decoded fast is gone on with only by the same request, and stays fast', async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, 'runs');
  const fast = ['label', photos, '--out', out, '--decode', 'fast', '--json'];
  const whole = JSON.parse((await labelmill(fast)).stdout);
  const first = fileURLToPath(whole.folder);
  const asked = async (run: string) => JSON.parse(await readFile(join(run, 'run.json'), 'utf8'));
  expect((await asked(first)).preprocessing).toMatchObject({ crop: 64, decode: 'fast' });
  const scores = await bestScores(first);
  for (const name of ['_SUCCESS', 'summary.json', 'labels/part-00000000.jsonl']) await rm(join(first, name));

  const exact = await labelmill(['label', photos, '--out', out, '--json']);
  expect(exact.stderr).not.toContain('going on');
  const second = fileURLToPath(JSON.parse(exact.stdout).folder);
  expect(await runFolders(out)).toHaveLength(2);
  expect((await asked(second)).bundle.digests.preprocessing).not.toBe(
    (await asked(first)).bundle.digests.preprocessing,
  );
  expect(largestDifference(scores, await bestScores(second))).toBeGreaterThan(other);

  const again = await labelmill(fast);
  expect(again.stderr).toContain('going on with the unfinished run');
  expect(fileURLToPath(JSON.parse(again.stdout).folder)).toBe(first);
  expect(largestDifference(scores, await bestScores(first))).toBeLessThan(same);
});

it('a worker decodes each run of its queue as that run asks, also when Redis was filled again', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: photos };
  const enqueue = async (...options: string[]): Promise<{ run: string; folder: string }> => {
    const command = ['enqueue', photos, '--out', folder.path, '--json', ...options];
    const { run, folder: uri } = JSON.parse((await labelmill(command, { env })).stdout);
    return { run, folder: fileURLToPath(uri) };
  };
  const fast = await enqueue('--decode', 'fast');
  const connection = redis.connect();
  await connection.flushall();
  connection.disconnect();
  const exact = await enqueue();
  await using _worker = new LabelmillProcess(['worker'], { env });
  expect((await labelmill(['resume', fast.folder, '--wait'], { env })).status).toBe(0);
  expect((await labelmill(['wait', exact.run], { env })).status).toBe(0);

  const scores = await bestScores(exact.folder);
  expect(largestDifference(scores, fromPyTorch)).toBeLessThan(0.01);
  expect(largestDifference(scores, await bestScores(fast.folder))).toBeGreaterThan(other);
});
