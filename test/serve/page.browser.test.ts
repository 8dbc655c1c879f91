/** The page in a real Chromium, before a real run: what people do with it, by mouse and by keyboard alone. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { type Serving, testToken } from '../parts/serve.ts';
import { ServedFolder } from '../parts/served-folder.ts';
import type { TemporaryFolder } from '../parts/temp-folder.ts';
import { isTrue, looks, WatchedPage } from '../parts/watched-page.ts';

const hostileName = `<img src=x onerror=alert(1)>.jpg`;
const hostileLabel = '<script>alert(2)</script><img src=x onerror=alert(3)>';

let folder: TemporaryFolder;
let served: ServedFolder;
let serving: Serving;
let browser: Browser;
let env: NodeJS.ProcessEnv;
let first: string;
let second: string;
const forged = '20200101-000000000-forged';
let out: string;

const open = (look = {}) => WatchedPage.open(browser, serving.origin, testToken, look);
/** The run that was not there before; the list is remembered for a moment. */
async function newRun(): Promise<string> {
  for (;;) {
    const { runs } = await serving.get('/api/runs');
    if (runs.length > 0 && runs[0].id !== first) return runs[0].id;
  }
}

beforeAll(async () => {
  served = await ServedFolder.open();
  ({ folder, out, serving, env } = served);
  const source = join(folder.path, 'photos');
  await mkdir(source);
  const photos = join(repository, 'examples/photos');
  for (const name of await readdir(photos)) {
    if (!name.endsWith('.jpg')) continue;
    for (const copy of [1, 2, 3, 4]) await copyFile(join(photos, name), join(source, `${copy}-${name}`));
  }
  await copyFile(join(photos, 'cat.jpg'), join(source, hostileName));
  for (const name of ['empty.jpg', 'truncated.jpg', 'text.jpg', '30000x30000.png'])
    await copyFile(join(repository, 'test/fixtures/images', name), join(source, name));
  browser = await served.browser();
});
afterAll(() => served?.[Symbol.asyncDispose]());

const enqueue = () =>
  labelmill(['enqueue', join(folder.path, 'photos'), '--out', out, '--chunk-size', '8'], { env });

describe('someone who looks at a run', () => {
  it('sees it begin, go on and finish without touching anything', async () => {
    await enqueue();
    first = await newRun();
    const watched = await open();
    const { page, faults } = watched;
    await page.getByRole('link', { name: first }).click();
    await page.getByText('0 of 65').waitFor();
    await watched.screenshot('1-run-waiting');
    await using worker = new LabelmillProcess(['worker'], { env });
    await page.locator('.state.complete').waitFor();
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    expect(await page.locator('dd.bad').textContent()).toBe('4');
    await watched.screenshot('2-run-complete');
    await watched.go('#/');
    await page.locator('.runs .state.complete').waitFor();
    await watched.screenshot('3-runs');
    // Another image under the same name, for the comparison; the picture of the old one is kept by now.
    await watched.go(`#/images/${first}`);
    await page.locator('.cell').first().focus();
    await page.keyboard.press('End');
    await page.locator('[title="4-temple.jpg"] .thumb[src]').waitFor();
    await copyFile(join(repository, 'examples/photos/dogs.jpg'), join(folder.path, 'photos/4-temple.jpg'));
    await watched.go('#/');
    await enqueue();
    second = await newRun();
    await page.locator('.runs tr').nth(2).locator('.state.complete').waitFor();
    worker.kill('SIGTERM');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('filters by label, sees the top 5, opens an image and goes to the next', async () => {
    const watched = await open();
    const { page, faults } = watched;
    await watched.go(`#/images/${first}`);
    await page.getByText('65 of 65 images').waitFor();
    const choice = page.locator('.choices .choice').first();
    const [name, count] = [
      await choice.locator('.name').textContent(),
      await choice.locator('.count').textContent(),
    ];
    await choice.click();
    await page.getByText(`${count} of 65 images`).waitFor();
    const labels = await page.locator('.cell .said .name').allTextContents();
    expect(labels).toHaveLength(Number(count));
    expect(new Set(labels)).toEqual(new Set([name]));
    await watched.go(`#/images/${first}`);
    await page.getByText('65 of 65 images').waitFor();
    const cell = page.locator('.cell:has(.thumb[src])').first();
    await cell.hover();
    expect(await cell.locator('.top-labels li').count()).toBe(5);
    await watched.screenshot('4-gallery');
    await cell.click();
    const whole = page.locator('dialog[open] .whole img[src]');
    await whole.waitFor();
    await isTrue(page, 'document.querySelector("dialog[open] .whole img")?.naturalWidth > 0');
    await watched.screenshot('5-image');
    const title = await page.locator('dialog h2').textContent();
    await page.keyboard.press('ArrowRight');
    await isTrue(page, `document.querySelector("dialog h2").textContent !== ${JSON.stringify(title)}`);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('pages through the errors', async () => {
    const watched = await open();
    const { page, faults } = watched;
    await watched.go(`#/run/${first}`);
    // One example for each code, with the record's own words.
    const example = page.locator('.with-example:has-text("too_many_pixels") + tr .example');
    await example.getByText('photos/30000x30000.png').waitFor();
    expect(await example.locator('.why').textContent()).toContain('100000000 pixels');
    await page.locator('.example .uri').nth(3).waitFor();
    await page.getByRole('heading', { name: 'Errors' }).scrollIntoViewIfNeeded();
    await watched.screenshot('6-error-examples');
    await page.getByRole('link', { name: 'undecodable' }).click();
    await page.locator('.cell .failed').first().waitFor();
    await page.getByRole('button', { name: /^errors/ }).click();
    await page.getByText('4 of 65 images').waitFor();
    await page.locator('.cell').first().click();
    const codes = new Set<string | null>();
    for (let place = 0; place < 4; place++) {
      codes.add(await page.locator('dialog .dialog-aside strong').textContent());
      await page.keyboard.press('ArrowRight');
    }
    expect(codes).toEqual(new Set(['empty', 'undecodable', 'unsupported_format', 'too_many_pixels']));
    await watched.screenshot('6-error');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('compares two runs and sees what has changed side by side', async () => {
    const watched = await open();
    const { page, faults } = watched;
    await watched.go(`#/images/${second}`);
    await page.getByLabel('With').selectOption(first);
    await page.getByText('1 of 65 images').waitFor();
    await page.locator('.cell.changed').waitFor();
    expect(await page.locator('.cell.changed').getAttribute('title')).toBe('4-temple.jpg');
    await page.locator('.cell.changed').click();
    await page.getByRole('heading', { name: 'The other run' }).waitFor();
    await isTrue(page, 'document.querySelector("dialog[open] .whole img")?.naturalWidth > 0');
    await watched.screenshot('7-compared');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('needs no mouse: from the list to an image and back', async () => {
    const watched = await open();
    const { page, faults } = watched;
    const focused = () =>
      page.evaluate(
        'document.activeElement.textContent + (document.activeElement.getAttribute("role") ?? "")',
      );
    const tabTo = async (text: RegExp) => {
      for (let presses = 0; presses < 200; presses++) {
        await page.keyboard.press('Tab');
        if (text.test(String(await focused()))) return;
      }
      throw new Error(`Tab never comes to ${text}`);
    };
    await page.getByRole('link', { name: first }).waitFor();
    await tabTo(new RegExp(`^${first}$`));
    await page.keyboard.press('Enter');
    await page.getByText('What was asked').waitFor();
    await tabTo(/^Images$/);
    await page.keyboard.press('Enter');
    await page.getByText('65 of 65 images').waitFor();
    await tabTo(/gridcell$/);
    const place = () => page.evaluate('document.activeElement.dataset.place');
    await page.keyboard.press('End');
    expect(await place()).toBe('64');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const here = await place();
    expect(Number(here)).toBeGreaterThan(1);
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    expect(await place()).toBe(here);
    expect(faults).toEqual([]);
    await page.close();
  });
});

describe('the page', () => {
  it('shows markup in file names and labels as text', async () => {
    await forge();
    const watched = await open();
    const { page, faults } = watched;
    for (const hash of [`#/run/${forged}`, `#/images/${forged}`, `#/images/${first}`, '#/']) {
      await watched.go(hash);
      await page
        .locator(hash.includes('/run/') ? '.facts' : hash === '#/' ? '.runs' : '.cell .said')
        .first()
        .waitFor();
    }
    await watched.go(`#/images/${forged}?search=script`);
    await page.locator('.cell .said .name').first().waitFor();
    expect(await page.locator('.cell .said .name').first().textContent()).toBe(hostileLabel);
    await page.locator('.cell').first().click();
    await page.locator('dialog[open]').waitFor();
    expect(await page.locator('main script, main [onerror], dialog script').count()).toBe(0);
    await watched.go(`#/images/${first}`);
    await page.locator('.cell .said').first().waitFor();
    await page.locator('.cell').first().focus();
    await page.keyboard.press('End');
    await page.locator('.cell .file', { hasText: hostileName }).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  for (const look of looks) {
    it(`has no accessibility fault and no sideways scrolling: ${look.name}`, async () => {
      const watched = await open(look);
      const { page, faults } = watched;
      const views = {
        runs: '#/',
        run: `#/run/${first}`,
        images: `#/images/${first}`,
        errors: `#/images/${first}?status=error`,
        compared: `#/images/${second}?against=${first}`,
      };
      for (const [name, hash] of Object.entries(views)) {
        await watched.go(hash);
        await page
          .locator(name === 'runs' ? '.runs' : name === 'run' ? '.facts' : '.cell .said')
          .first()
          .waitFor();
        if (look.name === 'phone' && name === 'images')
          await page.getByText('Filter', { exact: true }).click();
        if (name === 'run') {
          await page.locator('.example .thumb[src]').waitFor();
          expect(await page.locator('.example .sign').count()).toBe(3);
        }
        if (name === 'errors') {
          await page.locator('.cell .failed .thumb[src]').waitFor();
          expect(await page.locator('.cell .placeholder .sign').count()).toBe(3);
        }
        expect(await watched.accessibilityFaults(), name).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true);
        await watched.screenshot(`8-${look.name}-${name}`);
      }
      expect(faults).toEqual([]);
      await page.close();
    });
  }

  it('asks for the token where it has none, and works once it is given', async () => {
    const page = await browser.newPage();
    await page.goto(`${serving.origin}/`);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByLabel('Token').fill(testToken);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('link', { name: first }).waitFor();
    expect(page.url()).not.toContain(testToken);
    expect(await page.context().cookies()).toEqual([]);
    await page.close();
  });
});

/** A run whose labels are markup, as a hostile model would have them. */
async function forge(): Promise<void> {
  const [source, target] = [join(out, first), join(out, forged)];
  await mkdir(join(target, 'labels'), { recursive: true });
  for (const name of await readdir(join(source, 'labels'))) {
    const lines = (await readFile(join(source, 'labels', name), 'utf8')).trim().split('\n');
    const changed = lines.map((line) => {
      const record = JSON.parse(line);
      for (const label of record.labels ?? []) [label.label, label.id] = [hostileLabel, hostileLabel];
      return `${JSON.stringify(record)}\n`;
    });
    await writeFile(join(target, 'labels', name), changed.join(''));
  }
  for (const name of ['summary.json', 'run.json']) {
    const text = await readFile(join(source, name), 'utf8');
    await writeFile(join(target, name), text.replaceAll(first, forged));
  }
  await writeFile(join(target, '_SUCCESS'), '');
}
