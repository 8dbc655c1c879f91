/**
 * Takes docs/gallery.jpg and docs/report.jpg from real runs over the example photos and crops of them, with a real
 * Chromium. usage: node_modules/node/bin/node --conditions=source docs/make-page-pictures.ts
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBrowser } from '../test/parts/browser.ts';
import { Serving, testToken } from '../test/parts/serve.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'photos-'));
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: here('..'), stdio: ['ignore', 'ignore', 'inherit'] });
/** Labels the photos below `name`; returns the run's folder. */
const labelled = (name: string) => {
  const out = join(folder, `${name}-runs`);
  run(here('../labelmill'), 'label', join(folder, name), '--out', out);
  return join(out, readdirSync(out)[0] ?? '');
};

cpSync(here('../examples/photos'), join(folder, 'photos'), { recursive: true });
run(
  process.execPath,
  '--conditions=source',
  here('../bench/enlarge-photos.ts'),
  join(folder, 'photos'),
  join(folder, 'many'),
  '180',
);
const browser = await startBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1180, height: 720 } });
  const take = (name: string) => page.screenshot({ path: here(name), type: 'jpeg', quality: 82 });

  const many = labelled('many');
  run(here('../labelmill'), 'report', many);
  await page.goto(pathToFileURL(join(many, 'report.html')).href);
  await page.getByRole('heading', { name: 'Most and least certain images' }).evaluate((heading) => {
    const card = heading.parentElement as { scrollIntoView(): void } | null;
    card?.scrollIntoView();
  });
  await take('./report.jpg');

  const photos = labelled('photos');
  await using serving = await Serving.start(join(photos, '..'));
  await page.goto(`${serving.origin}/#token=${testToken}`);
  const id = photos.slice(photos.lastIndexOf('/') + 1);
  await page.getByText(id).first().waitFor();
  await page.goto(`${serving.origin}/#/images/${id}`);
  await page.locator('img').nth(11).waitFor();
  await page.waitForLoadState('networkidle');
  await take('./gallery.jpg');
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
