import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BundleDraft, createBundle } from './create-bundle.ts';
import { readBundle, verifyBundleFiles } from './read-bundle.ts';
import { writeSafetensors } from './safetensors-writer.ts';

const draft: BundleDraft = {
  format: 1,
  model: 'm',
  precision: 'fp32',
  trained: true,
  preprocessing: { resize: 8, crop: 8, kernel: 'bilinear', colour: 1 },
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
  activation: 'none',
  k: 1,
  classes: [{ id: 'a', label: 'A' }],
  weights: ['w.safetensors'],
  graphs: [{ file: 'g.onnx', batch: 8 }],
  provenance: { origin: 'a test', licence: 'none' },
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'create-bundle-'));
});
afterEach(() => rm(root, { recursive: true }));

const fill = (weights: string) => async (folder: string) => {
  const tensors = [{ name: 't', dtype: 'U8' as const, shape: [weights.length] }];
  await writeSafetensors(join(folder, 'w.safetensors'), tensors, [Buffer.from(weights)]);
  await writeFile(join(folder, 'g.onnx'), 'graph');
};

describe('createBundle', () => {
  it('writes checksums, so that one other byte of weights gives another digest', async () => {
    const first = await createBundle(root, draft, fill('weights'));
    expect(await readBundle(first.folder)).toEqual(first);
    await verifyBundleFiles(first);
    const { size } = await stat(join(first.folder, 'w.safetensors'));
    expect(first.manifest.weights).toMatchObject([{ file: 'w.safetensors', bytes: size }]);
    expect(first.manifest.graphs).toMatchObject([
      { file: 'g.onnx', batch: 8, kind: 'labels', layout: 'nchw' },
    ]);
    await rm(first.folder, { recursive: true });
    expect((await createBundle(root, draft, fill('weighty'))).digest).not.toBe(first.digest);
  });

  it('makes the folder readable as the umask says, not for its owner alone', async () => {
    const { folder } = await createBundle(root, draft, fill('weights'));
    expect((await stat(folder)).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  it('leaves nothing behind when filling fails', async () => {
    const failing = createBundle(root, draft, async (folder) => {
      await fill('weights')(folder);
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readdir(root)).toEqual([]);
  });

  it('on a full disk leaves nothing behind and says so', async () => {
    const filling = createBundle(root, draft, (folder) =>
      fill('weights')(folder).then(() => writeFile('/dev/full', 'x')),
    );
    await expect(filling).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringContaining('m-fp32'),
    });
    expect(await readdir(root)).toEqual([]);
  });

  it('does not start to fill where a bundle is already', async () => {
    await createBundle(root, draft, fill('weights'));
    let started = false;
    const again = createBundle(root, draft, async () => {
      started = true;
    });
    await expect(again).rejects.toThrow(expect.objectContaining({ code: 'bundle_exists' }));
    expect(started).toBe(false);
  });

  it('lets one of two makers win and tells the other', async () => {
    const makers = await Promise.allSettled(
      [1, 2].map((maker) => createBundle(root, draft, fill(`by ${maker}`))),
    );
    expect(makers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(makers.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'bundle_exists' },
    });
    expect(await readdir(root)).toEqual(['m-fp32']);
    await verifyBundleFiles(await readBundle(join(root, 'm-fp32')));
  });

  it('says in one line that models cannot be written there', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await chmod(file, 0o600);
    await expect(createBundle(join(file, 'models'), draft, fill('weights'))).rejects.toThrow(
      expect.objectContaining({ code: 'unwritable_models' }),
    );
  });
});
