/** `labelmill eval` as a user runs it, on photos whose ranking PyTorch has given. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { descendant } from '../parts/process-tree.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const fixtures = join(repository, 'test/fixtures');
const { photos: expected } = JSON.parse(await readFile(join(fixtures, 'vgg-mini.expected.json'), 'utf8')) as {
  photos: Record<string, { id: string; score: number }[]>;
};

/** Class ids of a photo by PyTorch, best first. */
function ranking(photo: string): string[] {
  return expected[photo]!.map(({ id }) => id);
}

describe('labelmill eval', () => {
  it('counts every photo once: right, among the best five, wrong, unknown, without a truth, broken', async () => {
    await using folder = await temporaryFolder();
    const right = ['cat.jpg', 'coffee.jpg', 'dogs.jpg'];
    const third = ['drum.jpg', 'fig.jpg'];
    const rows = [
      ...right.map((photo) => `${photo},${ranking(photo)[0]}`),
      ...third.map((photo) => `${photo},${ranking(photo)[2]}`),
      // A goldfish is not among a temple's best five.
      'temple.jpg,n01443537',
      'rocket.jpg,n04008634_not_a_class',
      'text.jpg,n01443537',
    ];
    const names = [...right, ...third, 'temple.jpg', 'rocket.jpg', 'stream.jpg'];
    for (const name of names) await copyFile(join(photos, name), join(folder.path, name));
    await copyFile(join(fixtures, 'images/text.jpg'), join(folder.path, 'text.jpg'));
    await writeFile(join(folder.path, 'truth.csv'), `file,class\n${rows.join('\n')}\n`);

    const arguments_ = ['eval', folder.path, '--truth', join(folder.path, 'truth.csv')];
    const { status, stdout } = await labelmill([...arguments_, '--json']);
    expect(status).toBe(3);
    const [evaluation] = JSON.parse(stdout).evaluations;
    expect(evaluation).toMatchObject({
      model: 'vgg-mini-fp32',
      listed: 9,
      accuracy: { images: 6, top1: { count: 3, of: 6 }, top5: { count: 5, of: 6 } },
      unknownClasses: [{ name: 'n04008634_not_a_class' }],
      errors: [{ code: 'unsupported_format' }],
    });
    expect(evaluation.unknownClasses[0].images[0]).toMatch(/rocket.jpg$/);
    expect(evaluation.untold).toEqual([expect.stringMatching(/stream.jpg$/)]);
    expect(evaluation.errors[0].uri).toMatch(/text.jpg$/);

    // The calibration error from PyTorch's scores; six images lie in bins of their own or not, so bin by bin.
    const said = [...right, ...third, 'temple.jpg'].map((photo, place) => ({
      bin: Math.ceil(15 * expected[photo]![0]!.score),
      gap: (place < right.length ? 1 : 0) - expected[photo]![0]!.score,
    }));
    const gaps = [...Map.groupBy(said, ({ bin }) => bin).values()];
    const error =
      gaps.reduce((sum, bin) => sum + Math.abs(bin.reduce((all, { gap }) => all + gap, 0)), 0) / 6;
    expect(evaluation.calibration.error).toBeCloseTo(error, 2);

    const shown = await labelmill(arguments_);
    for (const text of ['50.0 %  (3 of 6;', '(5 of 6;', 'n04008634_not_a_class: 1', 'unsupported_format: 1'])
      expect(shown.stdout).toContain(text);
    expect(shown.stdout).toContain('1 images without a truth');
  });

  it('takes folders named by label or id as the truth', async () => {
    await using folder = await temporaryFolder();
    const id = ranking('cat.jpg')[0]!;
    for (const name of [id, 'Goldfish']) {
      await mkdir(join(folder.path, name));
      await copyFile(join(photos, 'cat.jpg'), join(folder.path, name, 'cat.jpg'));
    }
    const { stdout } = await labelmill(['eval', folder.path, '--json']);
    const [{ accuracy }] = JSON.parse(stdout).evaluations;
    expect(accuracy.top1).toMatchObject({ count: 1, of: 2 });
    expect(accuracy.confusions).toEqual([{ truth: 'n01443537', predicted: id, images: 1 }]);
  });

  it('ends with 130 and no figures when it is interrupted', async () => {
    await using folder = await temporaryFolder();
    const list = join(folder.path, 'list.txt');
    await writeFile(list, `${join(photos, 'cat.jpg')}\n`.repeat(20_000));
    await writeFile(join(folder.path, 'truth.csv'), 'file,class\ncat.jpg,tabby\n');
    await using run = new LabelmillProcess([
      'eval',
      list,
      '--truth',
      join(folder.path, 'truth.csv'),
      '--json',
    ]);
    await descendant(run.pid, 'engine/main');
    run.kill('SIGINT');
    const { status, stdout, stderr } = await run.ended;
    expect(status).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).toContain('of 20000 images; there is no result');
  });

  it('averages several views, and says how many at which scales', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'goldfish'));
    await copyFile(join(photos, 'cat.jpg'), join(folder.path, 'goldfish', 'cat.jpg'));
    const { status, stdout } = await labelmill(['eval', folder.path, '--mode', 'multi-crop', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).evaluations[0]).toMatchObject({
      looked: { mode: 'multi-crop', scales: [73, 110, 146], views: 150 },
      accuracy: { images: 1 },
    });
  });

  it('compares a bundle with itself: full agreement, and nothing to tell them apart', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'goldfish'));
    for (const name of ['cat.jpg', 'fig.jpg'])
      await copyFile(join(photos, name), join(folder.path, 'goldfish', name));
    const { stdout } = await labelmill(['eval', folder.path, '--compare', 'vgg-mini-fp32', '--json']);
    expect(JSON.parse(stdout).comparison).toMatchObject({
      images: 2,
      agreement: { share: 1 },
      neitherRight: 2,
      pValue: 1,
    });
  });
});
