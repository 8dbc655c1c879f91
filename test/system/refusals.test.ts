/** Wrong use: one clear line, exit status 2, nothing half-written. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ended, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

function expectRefused(ended: Ended, code: string, saying: string): void {
  expect(ended.stdout).toBe('');
  expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  expect(ended.stderr).toContain(saying);
  expect(ended.stderr).toContain(`[${code}]`);
  expect(ended.stderr).not.toMatch(/\n\s+at /);
  expect(ended.status).toBe(2);
}

describe('labelmill refuses in one line, and leaves nothing behind,', () => {
  it('a source that is not there', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'runs');
    expectRefused(
      await labelmill(['label', join(folder.path, 'nowhere'), '--out', out]),
      'source_unreadable',
      'there is no file or folder',
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('a folder without images, saying how many other files it holds', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'empty');
    await mkdir(source);
    await writeFile(join(source, 'notes.md'), 'x');
    const ended = await labelmill(['label', source, '--out', join(folder.path, 'runs')]);
    expectRefused(ended, 'empty_source', '1 other file');
    expect(await readdir(folder.path)).toEqual(['empty']);
  });

  it.each([
    ['label', [photos, '--out']],
    ['worker', ['--redis']],
  ])('a GPU that is not there: %s never runs on the CPU instead', async (command, last) => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const args = [
      command,
      '--provider',
      'cuda',
      ...last,
      command === 'label' ? join(folder.path, 'runs') : redis.url,
    ];
    const env = { CUDA_VISIBLE_DEVICES: '' };
    expectRefused(await labelmill(args, { env }), 'cuda_unavailable', '--provider cpu');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('an output that cannot be written', async () => {
    await using folder = await temporaryFolder();
    // Root may write anywhere but below a file.
    await writeFile(join(folder.path, 'file'), '');
    expectRefused(
      await labelmill(['label', photos, '--out', join(folder.path, 'file', 'runs')]),
      'output_unwritable',
      'labelmill: cannot write file://',
    );
    expect(await readdir(folder.path)).toEqual(['file']);
  });

  it('a model that is not there, naming those that are', async () => {
    await using folder = await temporaryFolder();
    const env = { XDG_CACHE_HOME: folder.path };
    const ended = await labelmill(['label', photos, '--model', 'vgg99', '--out', join(folder.path, 'runs')], {
      env,
    });
    expectRefused(ended, 'unknown_model', 'vgg-mini-fp32');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each([
    ['status'],
    ['wait', '20260101-000000000-abcde'],
    ['worker'],
    ['enqueue', photos, '--out', '/tmp/never-written'],
  ])('a Redis that is not there: %s', async (...command) => {
    // Port 1 is reserved and closed.
    expectRefused(
      await labelmill([...command, '--redis', 'redis://127.0.0.1:1']),
      'redis_unreachable',
      'no Redis at redis://127.0.0.1:1',
    );
  });

  it('a Redis that is not there, to whoever only labels on this machine and needs none', async () => {
    const ended = await labelmill(['status', '--redis', 'redis://127.0.0.1:1']);
    expectRefused(ended, 'redis_unreachable', '"labelmill verify <run>"');
  });

  it('a Redis URL, without showing the password in it', async () => {
    const ended = await labelmill(['status', '--redis', 'redis://user:hunter2@127.0.0.1:1']);
    expectRefused(ended, 'redis_unreachable', 'no Redis at');
    expect(ended.stderr).not.toContain('hunter2');
  });

  it('a setting that makes no sense, naming the variable', async () => {
    const ended = await labelmill(['demo'], { env: { LABELMILL_MAX_IMAGE_PIXELS: 'many' } });
    expectRefused(ended, 'bad_setting', 'LABELMILL_MAX_IMAGE_PIXELS');
  });

  it('a folder that is no run', async () => {
    await using folder = await temporaryFolder();
    expectRefused(await labelmill(['verify', folder.path]), 'not_a_run', 'holds no run.json');
    expectRefused(await labelmill(['resume', folder.path]), 'not_a_run', 'holds no run.json');
  });

  it('more labels than the model gives', async () => {
    await using folder = await temporaryFolder();
    expectRefused(
      await labelmill(['label', photos, '--top-k', '11', '--out', join(folder.path, 'runs')]),
      'too_many_labels',
      'at most 10',
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('chunks of more images than a job may hold, which no worker would take', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const args = ['enqueue', photos, '--out', join(folder.path, 'runs'), '--redis', redis.url];
    expectRefused(await labelmill([...args, '--chunk-size', '100001']), 'chunk_too_large', 'at most 100000');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('an evaluation of images that show nothing the model knows', async () => {
    expectRefused(await labelmill(['eval', photos]), 'no_known_class', 'said to show "photos"');
    expectRefused(
      await labelmill(['eval', photos, '--truth', 'name']),
      'no_known_class',
      'nothing says what any of the 15 images shows',
    );
    expectRefused(
      await labelmill(['eval', photos, '--truth', 'nowhere.csv']),
      'truth_unreadable',
      'there is no such file',
    );
  });

  it.each([
    ['center', '64', 'bad_scales', '--scales is for other modes'],
    ['flip', '63', 'bad_scales', 'from 64 (its input) to 256'],
    ['dense', '64,257', 'bad_scales', 'scale 257 is none for vgg-mini-fp32'],
  ])('scales that a mode cannot have: %s at %s', async (mode, scales, code, saying) => {
    expectRefused(await labelmill(['eval', photos, '--mode', mode, '--scales', scales]), code, saying);
  });

  it('options it does not know', async () => {
    const ended = await labelmill(['label', photos, '--frobnicate']);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('--frobnicate');
  });
});
