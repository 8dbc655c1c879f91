/** VGG-16 at its full size: half a gigabyte of weights, so not for every change. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('an untrained VGG-16 labels the photos, and says everywhere that it is untrained', async () => {
  await using folder = await temporaryFolder();
  const env = { LABELMILL_MODELS: join(folder.path, 'models') };
  const made = await labelmill(['model', 'init', 'vgg16', '--seed', '1'], { env });
  expect(made.status).toBe(0);
  expect(made.stdout).toContain('UNTRAINED');
  const photos = join(repository, 'examples/photos');
  const ended = await labelmill(
    ['label', photos, '--model', 'vgg16', '--out', join(folder.path, 'runs'), '--json'],
    { env },
  );
  expect(ended.status).toBe(0);
  expect(ended.stderr).toContain('UNTRAINED');
  const summary = JSON.parse(ended.stdout);
  expect(summary).toMatchObject({ listed: 15, ok: 15, bundle: { name: 'vgg16-fp32', trained: false } });
  expect((await labelmill(['verify', summary.folder])).status).toBe(0);
}, 300_000);
