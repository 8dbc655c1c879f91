/** `labelmill report`, as a file: what it says, what it must not hold, and how large it gets. */
import { appendFile, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mostThumbnails, thumbnailSize } from '@labelmill/cli/report/contact-sheets';
import { longestText } from '@labelmill/cli/report/cut';
import { imageErrorCodes } from '@labelmill/shared/errors';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { writeLargeRun } from '../parts/large-run.ts';
import { runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const { photos: expected } = JSON.parse(
  await readFile(join(repository, 'test/fixtures/vgg-mini.expected.json'), 'utf8'),
) as { photos: Record<string, { id: string; score: number }[]> };
const mostBytes = 5_000_000;

describe('labelmill report', () => {
  it('is named by label, and shows file names and labels of strangers as text', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'photos');
    await mkdir(source);
    await copyFile(join(photos, 'cat.jpg'), join(source, '"><img src=x onerror=alert(1)>.jpg'));
    await copyFile(join(photos, 'fig.jpg'), join(source, 'fig.jpg'));
    const labelled = await labelmill(['label', source, '--out', join(folder.path, 'runs')]);
    const [run = ''] = await runFolders(join(folder.path, 'runs'));
    expect(labelled.stdout).toContain(`report: labelmill report ${run}`);
    const part = join(run, 'labels/part-00000000.jsonl');
    const hostile = '"label":"</title><script>alert(2)</script>\\u202e", "x":"';
    await writeFile(part, (await readFile(part, 'utf8')).replace(/"label":"/, hostile));

    expect((await labelmill(['report', run])).status).toBe(0);
    const page = await readFile(join(run, 'report.html'), 'utf8');
    expect(page.match(/<script|<img src=x|\u202e| style=/gi)).toBeNull();
    expect(page).toContain('&lt;/title&gt;&lt;script&gt;alert(2)');
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-/,
    );
    // Nothing but pictures of its own.
    expect([...page.matchAll(/(?:src|href)="([^"]{5})/g)].map(([, start]) => start)).toEqual([
      'data:',
      'data:',
    ]);
  });

  it('shows how right and how well calibrated a run is, where the truth is given', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'photos');
    await mkdir(source);
    const right = ['cat.jpg', 'coffee.jpg', 'dogs.jpg'];
    const wrong = ['drum.jpg'];
    for (const name of [...right, ...wrong, 'fig.jpg'])
      await copyFile(join(photos, name), join(source, name));
    const rows = [
      ...right.map((name) => `${name},${expected[name]?.[0]?.id}`),
      ...wrong.map((name) => `${name},${expected[name]?.[1]?.id}`),
    ];
    await writeFile(join(folder.path, 'truth.csv'), `file,class\n${rows.join('\n')}\n`);
    await labelmill(['label', source, '--out', join(folder.path, 'runs')]);
    const [run = ''] = await runFolders(join(folder.path, 'runs'));
    await labelmill(['report', run, '--truth', join(folder.path, 'truth.csv')]);
    const page = await readFile(join(run, 'report.html'), 'utf8');
    expect(page).toContain('3 of 4 images are right: 75.0 %');
    expect(page).toContain('Of 1 images nobody says');
    // Guo et al.: by 15 bins, from PyTorch's scores.
    const gaps = [...right, ...wrong].map((name) => {
      const score = expected[name]?.[0]?.score ?? Number.NaN;
      return { bin: Math.ceil(15 * score), gap: (right.includes(name) ? 1 : 0) - score };
    });
    const bins = [...Map.groupBy(gaps, ({ bin }) => bin).values()];
    const error =
      bins.reduce((sum, bin) => sum + Math.abs(bin.reduce((all, { gap }) => all + gap, 0)), 0) / 4;
    const [, shown] = /calibration error (\d\.\d+)/.exec(page) ?? [];
    expect(Number(shown)).toBeCloseTo(error, 2);
  });

  it('leaves out the picture of an image that was changed after it was labelled', async () => {
    await using folder = await temporaryFolder();
    const photo = join(folder.path, 'fig.jpg');
    await copyFile(join(photos, 'fig.jpg'), photo);
    await labelmill(['label', photo, '--out', join(folder.path, 'runs')]);
    await appendFile(photo, 'more');
    const [run = ''] = await runFolders(join(folder.path, 'runs'));
    await labelmill(['report', run]);
    const page = await readFile(join(run, 'report.html'), 'utf8');
    expect(page).toContain('changed since');
    expect(page).not.toContain('<img');
  });

  it('stays under 5 MB for 10,000 images of noise with long names, labels and messages', async () => {
    await using folder = await temporaryFolder();
    const noise = join(folder.path, `${'"'.repeat(240)}.png`);
    const words = Uint32Array.from({ length: 200 * 200 }, (_, n) => Math.imul(n + 1, 2654435761));
    const raw = { width: 200, height: 200, channels: 4 as const };
    await sharp(Buffer.from(words.buffer), { raw }).removeAlpha().png().toFile(noise);
    const { size, mtimeNs } = await stat(noise, { bigint: true });
    const codes = Object.keys(imageErrorCodes);
    const run = await writeLargeRun(folder.path, {
      images: 10_000,
      uri: pathToFileURL(noise).href,
      version: `${size}-${mtimeNs}`,
      record: (index) =>
        index % 10 === 0
          ? {
              status: 'error',
              error: { code: codes[(index / 10) % codes.length], message: '<'.repeat(3000), retryable: true },
            }
          : {
              status: 'ok',
              labels: [{ id: `class-${index}`, label: '"'.repeat(2000), score: index / 10_000 }],
            },
    });
    const { status, stdout } = await labelmill(['report', run, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ listed: 10_000, ok: 9000, error: 1000 });
    const { size: bytes } = await stat(join(run, 'report.html'));
    const pictures = (await readFile(join(run, 'report.html'), 'utf8')).match(/<img /g)?.length ?? 0;
    expect(pictures).toBe(mostThumbnails);
    expect(bytes).toBeLessThan(mostBytes);
    // Whatever the images and their names are: each as base64; its title, name and label, escaped; the markup.
    const texts = 120 + 2 * longestText + 2 * longestText;
    const each = 4 * Math.ceil(thumbnailSize.maxBytes / 3) + 6 * texts + 700;
    const errors = codes.length * 5 * 6 * (300 + 120);
    expect(mostThumbnails * each + errors + 100_000).toBeLessThan(mostBytes);
  });
});
