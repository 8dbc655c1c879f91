/** Model files that are not what their bundle says are refused before native code sees them. */
import { cp, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

/** The example bundles in a folder of the test's own. */
async function ownModels(folder: TemporaryFolder): Promise<string> {
  const models = join(folder.path, 'models');
  await cp(join(repository, 'packages/models/bundles'), models, { recursive: true });
  return models;
}

/** One bit of the last byte, which is a weight's: the file is as long as before and can still be parsed. */
async function flipBit(models: string): Promise<void> {
  for (const bundle of await readdir(models)) {
    const weights = (await readdir(join(models, bundle))).find((name) => name.endsWith('.safetensors'));
    await using file = await open(join(models, bundle, weights ?? ''), 'r+');
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    await file.read(last, 0, 1, size - 1);
    await file.write(Buffer.of((last[0] ?? 0) ^ 1), 0, 1, size - 1);
  }
}

describe('a bundle with one bit of its weights changed is refused by', () => {
  it.each([
    ['label', photos, '--out', 'OUT'],
    ['worker', '--redis', 'REDIS'],
    ['eval', photos, '--truth', 'TRUTH'],
    ['model', 'quantize', 'vgg-mini-fp32', '--images', photos],
    ['model', 'convert', 'vgg-mini-fp32', '--precision', 'fp16'],
  ])('%s', async (...command) => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const models = await ownModels(folder);
    await flipBit(models);
    const truth = join(folder.path, 'truth.csv');
    await writeFile(truth, 'file,class\ncat.jpg,tabby\n');
    const places: Record<string, string> = { OUT: join(folder.path, 'runs'), REDIS: redis.url, TRUTH: truth };
    const args = command.map((word) => places[word] ?? word);
    const { status, stderr } = await labelmill(args, { env: { LABELMILL_MODELS: models } });
    expect(stderr).toContain('[bad_bundle]');
    expect(stderr).toContain('is damaged');
    expect(status).toBe(2);
  });

  it('resume, on this machine', async () => {
    await using folder = await temporaryFolder();
    const env = { LABELMILL_MODELS: await ownModels(folder) };
    const out = join(folder.path, 'runs');
    const crashing = { ...env, LABELMILL_CRASH_AT: 'part-created' };
    expect((await labelmill(['label', photos, '--out', out], { env: crashing })).signal).toBe('SIGKILL');
    const [run = ''] = await runFolders(out);
    await flipBit(env.LABELMILL_MODELS);
    const { status, stderr } = await labelmill(['resume', run], { env });
    expect(stderr).toContain('[bad_bundle]');
    expect(status).toBe(2);
  });

  it('retry, on this machine', async () => {
    await using folder = await temporaryFolder();
    const env = { LABELMILL_MODELS: await ownModels(folder) };
    const out = join(folder.path, 'runs');
    const input = `${join(photos, 'cat.jpg')}\n${join(folder.path, 'missing.jpg')}\n`;
    expect((await labelmill(['label', '-', '--out', out], { env, input })).status).toBe(3);
    const [run = ''] = await runFolders(out);
    await flipBit(env.LABELMILL_MODELS);
    const { status, stderr } = await labelmill(['retry', run, '--errors', 'all'], { env });
    expect(stderr).toContain('[bad_bundle]');
    expect(status).toBe(2);
  });
});
