import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtInBundles, userBundles } from './bundle-folders.ts';
import { resolveBundle } from './find-bundle.ts';
import { listModels, modelListLines } from './list-models.ts';
import { readBundle, verifyBundleFiles } from './read-bundle.ts';

const miniFolder = join(builtInBundles, 'vgg-mini-fp32');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-bundle-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A copy of vgg-mini's model.json with changes, and nothing else. */
async function manifestOnly(name: string, changes: object): Promise<string> {
  const manifest = JSON.parse(await readFile(join(miniFolder, 'model.json'), 'utf8'));
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'model.json'), JSON.stringify({ ...manifest, ...changes }));
  return join(folder, name);
}

describe('resolveBundle', () => {
  it('takes a model, a bundle name, or a path', async () => {
    const byPath = await resolveBundle(miniFolder, []);
    expect(byPath.name).toBe('vgg-mini-fp32');
    expect(await resolveBundle('vgg-mini', [folder, builtInBundles])).toEqual(byPath);
    expect(await resolveBundle('vgg-mini-fp32', [folder, builtInBundles])).toEqual(byPath);
  });

  it('prefers fp32 where a name leaves the precision open', async () => {
    await manifestOnly('a', { model: 'other', precision: 'int8' });
    await manifestOnly('b', { model: 'other', precision: 'fp32' });
    expect((await resolveBundle('other', [folder])).name).toBe('other-fp32');
    expect((await resolveBundle('other-int8', [folder])).name).toBe('other-int8');
  });

  it('says in one line what there is and what to do', async () => {
    await expect(resolveBundle('vgg16', [builtInBundles, folder])).rejects.toThrow(
      expect.objectContaining({
        code: 'unknown_model',
        message: 'no model "vgg16" here; there is: vgg-mini-fp32; "labelmill model pull vgg16" gets it',
      }),
    );
    await expect(resolveBundle('vgg13', [folder])).rejects.toThrow(
      'no model "vgg13" here; there is: none; "labelmill model init vgg13" makes an untrained one',
    );
    await expect(resolveBundle('resnet', [join(folder, 'missing')])).rejects.toThrow(
      /^no model "resnet" here; there is: none; "labelmill model pull <name>" gets vgg11, .*vgg19_bn, .*$/,
    );
  });

  it('names what is wrong with a bundle of that name', async () => {
    await manifestOnly('broken-fp32', { k: 0 });
    await expect(resolveBundle('broken', [folder])).rejects.toThrow(
      expect.objectContaining({ code: 'bad_bundle', message: expect.stringContaining('model.json: k:') }),
    );
  });
});

describe('readBundle', () => {
  it('refuses a folder that is none', async () => {
    await expect(readBundle(folder)).rejects.toThrow(expect.objectContaining({ code: 'not_a_bundle' }));
  });

  it('takes graphs that say nothing of kind and layout for plain ones', async () => {
    const plain = { file: 'model.onnx', sha256: '0'.repeat(64), batch: null };
    const { manifest } = await readBundle(await manifestOnly('x', { graphs: [plain] }));
    expect(manifest.graphs).toEqual([{ ...plain, kind: 'labels', layout: 'nchw' }]);
  });

  it('refuses files outside the folder', async () => {
    const path = await manifestOnly('x', {
      graphs: [{ file: '../evil.onnx', sha256: '0'.repeat(64), batch: null }],
    });
    await expect(readBundle(path)).rejects.toThrow(/graphs\.0\.file/);
  });

  it('refuses a crop that does not fit into the resized image', async () => {
    const preprocessing = { resize: 64, crop: 65, kernel: 'bilinear', colour: 1 };
    const path = await manifestOnly('x', { preprocessing });
    await expect(readBundle(path)).rejects.toThrow(/preprocessing: the crop is larger/);
  });
});

describe('verifyBundleFiles', () => {
  it.each(['model.safetensors', 'model.onnx'])('finds one changed byte in %s', async (file) => {
    const copy = join(folder, 'copy');
    await cp(miniFolder, copy, { recursive: true });
    const bytes = await readFile(join(copy, file));
    bytes.writeUInt8(bytes.readUInt8(3000) ^ 1, 3000);
    await writeFile(join(copy, file), bytes);
    await expect(verifyBundleFiles(await readBundle(copy))).rejects.toThrow(
      expect.objectContaining({ code: 'bad_bundle', message: expect.stringContaining(`${file} is damaged`) }),
    );
  });

  it('names a missing file', async () => {
    const bundle = await readBundle(await manifestOnly('x', {}));
    await expect(verifyBundleFiles(bundle)).rejects.toThrow(/x\/model\.onnx cannot be read/);
  });
});

describe('listModels', () => {
  it('lists what is whole, reports what is broken, and passes over what is unfinished or no folder', async () => {
    await manifestOnly('other-int8', { model: 'other', precision: 'int8', trained: false });
    await mkdir(join(folder, 'empty'));
    await mkdir(join(folder, '.unfinished'));
    await writeFile(join(folder, 'README'), '');
    const list = await listModels([builtInBundles, folder]);
    expect(list.models).toMatchObject([
      { name: 'vgg-mini-fp32', model: 'vgg-mini', trained: true, bytes: 4_822_032 },
      { name: 'other-int8', model: 'other', precision: 'int8', trained: false },
    ]);
    expect(list.broken).toEqual([
      { folder: join(folder, 'empty'), reason: expect.stringContaining('model.json') },
    ]);
    const [mini, other, broken] = modelListLines(list);
    expect(mini).toMatch(/^vgg-mini-fp32 {2}trained +4\.8 MB {2}sha256:[0-9a-f]{12} {2}\//);
    expect(other).toContain('UNTRAINED');
    expect(broken).toMatch(/^broken: /);
  });
});

describe('userBundles', () => {
  it.each([
    [undefined, '/home/me/.cache/labelmill/models'],
    ['', '/home/me/.cache/labelmill/models'],
    ['relative', '/home/me/.cache/labelmill/models'],
    ['/var/cache/me', '/var/cache/me/labelmill/models'],
  ])('with XDG_CACHE_HOME %j is %s', (XDG_CACHE_HOME, expected) => {
    expect(userBundles({ XDG_CACHE_HOME }, '/home/me')).toBe(expected);
  });
});
