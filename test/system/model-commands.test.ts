/** `model quantize` and `model convert` as a user runs them, and what they make at work. */
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

/** Each test is several whole commands. */
vi.setConfig({ testTimeout: 180_000 });

const photos = join(repository, 'examples/photos');

let folder: TemporaryFolder;
let env: { LABELMILL_MODELS: string };
beforeAll(async () => {
  folder = await temporaryFolder();
  env = { LABELMILL_MODELS: join(folder.path, 'models') };
});
afterAll(() => folder[Symbol.asyncDispose]());

/** The best label of each photo. */
async function bestLabels(model: string): Promise<{ bundle: string; labels: (string | undefined)[] }> {
  const out = join(folder.path, 'runs', model);
  const ended = await labelmill(['label', photos, '--model', model, '--out', out, '--json'], { env });
  expect(ended.status).toBe(0);
  const { bundle, folder: run } = JSON.parse(ended.stdout);
  const found = await records(fileURLToPath(run));
  return {
    bundle: bundle.name,
    labels: found.map((record) => (record.status === 'ok' ? record.labels[0]?.id : undefined)),
  };
}

function equal(a: readonly unknown[], b: readonly unknown[]): number {
  return a.filter((value, place) => value === b[place]).length;
}

describe('model quantize', () => {
  it('makes a bundle that label uses by its name, and by the model where the CPU has VNNI', async () => {
    const source = join(folder.path, 'some');
    await cp(photos, source, { recursive: true });
    await writeFile(join(source, 'broken.jpg'), 'no image');
    const made = await labelmill(['model', 'quantize', 'vgg-mini', '--images', source, '--json'], { env });
    expect(made.status).toBe(0);
    const { name, report, skipped } = JSON.parse(made.stdout);
    expect(name).toBe('vgg-mini-int8');
    // 16 files, one of them broken; every fourth is for comparing.
    expect(skipped).toEqual([
      {
        uri: expect.stringMatching(/\/broken\.jpg$/),
        code: 'unsupported_format',
        message: expect.any(String),
      },
    ]);
    expect(report.calibrationImages + report.choosingImages + report.agreement.images).toBe(15);
    expect(made.stderr).toMatch(
      /skipped .*broken\.jpg: .*\[unsupported_format\]\n(.*\n)*skipped 1 of the images/,
    );

    const fp32 = await bestLabels('vgg-mini-fp32');
    const int8 = await bestLabels('vgg-mini-int8');
    expect(int8.bundle).toBe('vgg-mini-int8');
    expect(equal(fp32.labels, int8.labels)).toBeGreaterThanOrEqual(13);
    const vnni = /vnni|amx_int8/.test(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
    expect((await bestLabels('vgg-mini')).bundle).toBe(vnni ? 'vgg-mini-int8' : 'vgg-mini-fp32');
  });

  it('makes a bundle that workers serve on a queue of its own', async () => {
    await using redis = await TestRedis.start();
    const cluster = { ...env, REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: photos };
    const model = ['--model', 'vgg-mini-int8'];
    await using worker = new LabelmillProcess(['worker', ...model], { env: cluster });
    const out = join(folder.path, 'queued');
    const command = ['enqueue', photos, ...model, '--out', out, '--wait', '--json'];
    const ended = await labelmill(command, { env: cluster });
    expect(ended.status).toBe(0);
    const { run } = JSON.parse(ended.stdout);
    const asked = JSON.parse(await readFile(join(out, run, 'run.json'), 'utf8'));
    expect(asked.bundle.name).toBe('vgg-mini-int8');
    // By the model alone a producer means fp32, whatever there is, and says it.
    const open = ['enqueue', photos, '--model', 'vgg-mini', '--out', out];
    const other = await new LabelmillProcess(open, { env: cluster }).ended;
    expect(other.stderr).toContain('--model vgg-mini-int8 names another');
    expect(other.stderr).toContain('on queue vgg-mini-fp32');
    worker.kill('SIGTERM');
    expect((await worker.ended).status).toBe(0);
  });

  it('uses no more images than --limit, spread over the source', async () => {
    const models = { LABELMILL_MODELS: join(folder.path, 'limited') };
    const command = ['model', 'quantize', 'vgg-mini', '--images', photos, '--limit', '8'];
    const { status, stdout } = await labelmill(command, { env: models });
    expect(status).toBe(0);
    expect(stdout).toContain('calibrated on 5 images');
    expect(stdout).toContain('(chosen on 1 more)');
    expect(stdout).toContain('on 2 other images, against vgg-mini-fp32:');
  });

  it('refuses in one line, and leaves the folder of models as it was', async () => {
    const models = join(folder.path, 'refused');
    const few = join(folder.path, 'few');
    const empty = join(folder.path, 'empty');
    for (const path of [models, few, empty]) await mkdir(path);
    for (const name of ['cat.jpg', 'rocket.jpg']) await copyFile(join(photos, name), join(few, name));
    const quantize = (model: string, images: string) =>
      labelmill(['model', 'quantize', model, '--images', images], { env: { LABELMILL_MODELS: models } });
    for (const [ended, code] of [
      [await quantize('vgg-mini', few), 'too_few_images'],
      [await quantize('vgg-mini', empty), 'empty_source'],
      [await quantize('vgg16', photos), 'unknown_model'],
      [await quantize(join(env.LABELMILL_MODELS, 'vgg-mini-int8'), photos), 'unquantisable'],
    ] as const) {
      expect(ended.status).toBe(2);
      expect(ended.stdout).toBe('');
      expect(ended.stderr.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^labelmill: .* \\[${code}\\]$`));
    }
    expect(await readdir(models)).toEqual([]);
  });

  it('leaves nothing behind when interrupted', async () => {
    const models = join(folder.path, 'interrupted');
    const many = join(folder.path, 'many');
    for (let copy = 0; copy < 10; copy++) await cp(photos, join(many, `${copy}`), { recursive: true });
    const command = ['model', 'quantize', 'vgg-mini', '--images', many];
    await using process = new LabelmillProcess(command, { env: { LABELMILL_MODELS: models } });
    await process.says('calibrating');
    process.kill('SIGINT');
    expect((await process.ended).status).toBe(130);
    expect(await readdir(models)).toEqual([]);
  });
});

describe('model convert', () => {
  it('makes an fp16 bundle that gives the same labels', async () => {
    const command = ['model', 'convert', 'vgg-mini', '--precision', 'fp16'];
    const made = await labelmill([...command, '--json'], { env });
    expect(made.status).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ name: 'vgg-mini-fp16' });
    const fp16 = await bestLabels('vgg-mini-fp16');
    expect(fp16.bundle).toBe('vgg-mini-fp16');
    expect(fp16.labels).toEqual((await bestLabels('vgg-mini-fp32')).labels);
    const again = await labelmill(command, { env });
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/^labelmill: .*\[bundle_exists\]\n$/);
  });
});
