import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTruth } from './truth.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'truth-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function truthIn(files: Record<string, string>, truth: string, synsets?: string) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  return openTruth({ truth, ...(synsets === undefined ? {} : { synsets }) }, stores, folder);
}

describe('truth by name', () => {
  it('is the folder an image lies in, escapes undone', async () => {
    const truth = await truthIn({}, 'folder');
    expect(truth('file:///data/n01443537/1.jpg')).toBe('n01443537');
    expect(truth('file:///data/European%20fire%20salamander/1.jpg')).toBe('European fire salamander');
    expect(truth('s3://bucket/goldfish/1.jpg')).toBe('goldfish');
  });

  it('is the WordNet id a file name begins with', async () => {
    const truth = await truthIn({}, 'name');
    expect(truth('file:///data/photos/n01443537_goldfish.JPEG')).toBe('n01443537');
    expect(truth('file:///data/n01443537/1.jpg')).toBeUndefined();
  });
});

describe('truth in a table', () => {
  it('names images by URI, by the end of the path, or by file name', async () => {
    const csv = 'File,Class\ns3://b/a.jpg,one\ncats/1.jpg,two\n"a, b.jpg",three\n./x/2.jpg,four\n';
    const truth = await truthIn({ 'truth.csv': csv }, 'truth.csv');
    expect(truth('s3://b/a.jpg')).toBe('one');
    expect(truth('file:///data/cats/1.jpg')).toBe('two');
    expect(truth('file:///data/dogs/1.jpg')).toBeUndefined();
    expect(truth('file:///data/a%2C%20b.jpg')).toBe('three');
    expect(truth('file:///y/x/2.jpg')).toBe('four');
  });

  it('refuses a table without the columns, with a class missing, or at odds with itself', async () => {
    const refused = (text: string) => truthIn({ 'truth.csv': text }, 'truth.csv');
    await expect(refused('a,b\n1.jpg,cat\n')).rejects.toMatchObject({ code: 'bad_truth' });
    await expect(refused('file,class\n1.jpg,\n')).rejects.toThrow(
      /truth.csv:2: needs an image and its class/,
    );
    await expect(refused('file,class\n1.jpg,cat\n1.jpg,dog\n')).rejects.toThrow(
      /truth.csv:3: 1.jpg is dog here and cat in line 2/,
    );
  });

  it('refuses a name that two images of the source bear', async () => {
    const truth = await truthIn({ 'truth.csv': 'file,class\n1.jpg,cat\n' }, 'truth.csv');
    expect(truth('file:///a/1.jpg')).toBe('cat');
    expect(truth('file:///a/1.jpg')).toBe('cat');
    expect(() => truth('file:///b/1.jpg')).toThrow(/may mean file:\/\/\/a\/1.jpg or file:\/\/\/b\/1.jpg/);
  });

  it('says which file is not there', async () => {
    await expect(truthIn({}, 'nowhere.csv')).rejects.toMatchObject({ code: 'truth_unreadable' });
  });
});

// The first three validation images in each of the published files.
const validation = [1, 2, 3].map((n) => `file:///val/ILSVRC2012_val_0000000${n}.JPEG`);
const synsetsOfValidation = ['n01751748', 'n09193705', 'n02105855'];

describe("ImageNet's validation layout", () => {
  it("is read with Caffe's val.txt, which counts classes in the order of their ids", async () => {
    const lines = [65, 970, 230].map((index, n) => `ILSVRC2012_val_0000000${n + 1}.JPEG ${index}\n`);
    const truth = await truthIn({ 'val.txt': lines.join('') }, 'val.txt');
    expect(validation.map(truth)).toEqual(synsetsOfValidation);
  });

  it("is read with Kaggle's LOC_val_solution.csv, whose images have no extension", async () => {
    const rows = synsetsOfValidation.map(
      (id, n) => `ILSVRC2012_val_0000000${n + 1},${id} 111 108 441 193 ${id} 1 2 3 4 \n`,
    );
    const text = `ImageId,PredictionString\n${rows.join('')}`;
    const truth = await truthIn({ 'LOC_val_solution.csv': text }, 'LOC_val_solution.csv');
    expect(validation.map(truth)).toEqual(synsetsOfValidation);
  });

  it("is read with the devkit's numbers and its synset map", async () => {
    const files = {
      'ILSVRC2012_validation_ground_truth.txt': '490\n361\n171\n',
      'map_clsloc.txt': 'n02105855 171 Shetland_sheepdog\nn09193705 361 alp\nn01751748 490 sea_snake\n',
    };
    const [groundTruth, synsets] = Object.keys(files) as [string, string];
    const truth = await truthIn(files, groundTruth, synsets);
    expect(validation.map(truth)).toEqual(synsetsOfValidation);
    expect(truth('file:///val/ILSVRC2012_val_00000004.JPEG')).toBeUndefined();
    await expect(truthIn(files, groundTruth)).rejects.toMatchObject({ code: 'synsets_needed' });
    await expect(
      truthIn({ ...files, 'map_clsloc.txt': 'n02105855 171 dog\n' }, groundTruth, synsets),
    ).rejects.toThrow(/ground_truth.txt:1: map_clsloc.txt has no class "490"/);
  });

  it('takes synset ids in a text file as they are', async () => {
    const text = 'ILSVRC2012_val_00000001.JPEG n01751748\nval/ILSVRC2012_val_00000002.JPEG\talp\n';
    const truth = await truthIn({ 'synsets.txt': text }, 'synsets.txt');
    expect(validation.map(truth)).toEqual(['n01751748', 'alp', undefined]);
  });
});
